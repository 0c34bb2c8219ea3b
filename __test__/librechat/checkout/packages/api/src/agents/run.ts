import { extractEnvVariable } from 'librechat-data-provider';
import type { AppConfig, SummaryOptions } from '~/types';
import { getOpenAIConfig } from '~/endpoints';
import { isUserProvided } from '~/utils';

/** What a summary's model is made with, if it is one of librechat.yaml's own endpoints. */
export function resolveSummarizationProvider(name: string, appConfig: AppConfig) {
  const { apiKey, baseURL } = appConfig.endpoints.custom[name];
  if (isUserProvided(apiKey) || isUserProvided(baseURL)) {
    return { provider: name };
  }

  const { llmConfig, configOptions } = getOpenAIConfig(
    extractEnvVariable(apiKey),
    { reverseProxyUrl: extractEnvVariable(baseURL) },
    name,
  );
  const clientOverrides: SummaryOptions = { ...llmConfig };
  if (configOptions) {
    clientOverrides.configuration = configOptions;
  }
  return { provider: 'openAI', clientOverrides };
}
