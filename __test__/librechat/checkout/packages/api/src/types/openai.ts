import type { TConfig } from 'librechat-data-provider';
import type { AzureOptions } from './azure';

export interface OpenAIConfigOptions {
  reverseProxyUrl?: string | null;
  headers?: Record<string, string>;
  azure?: false | AzureOptions;
  customParams?: Partial<TConfig['customParams']>;
}

export type AzureOf<T extends OpenAIConfigOptions> = Exclude<T['azure'], AzureOptions>;
