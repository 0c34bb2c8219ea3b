import { isEnabled } from './common';
import type { AzureOptions } from '~/types';

export const getAzureCredentials = (): AzureOptions => ({
  azureOpenAIApiKey: process.env.AZURE_API_KEY ?? process.env.AZURE_OPENAI_API_KEY,
  azureOpenAIApiInstanceName: process.env.AZURE_OPENAI_API_INSTANCE_NAME,
});

export const usesModelAsDeployment = () => isEnabled(process.env.AZURE_USE_MODEL_AS_DEPLOYMENT_NAME);
