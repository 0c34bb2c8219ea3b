import { EModelEndpoint, mapModelToAzureConfig } from 'librechat-data-provider';
import type { InitializeParams, OpenAIConfigOptions } from '~/types';
import { getAzureCredentials, isUserProvided } from '~/utils';
import { getOpenAIConfig } from './config';

/** Puts together what the model of an endpoint is made with. */
export async function initializeOpenAI({ req, endpoint, getUserKeyValues }: InitializeParams) {
  const { OPENAI_API_KEY, AZURE_API_KEY, OPENAI_REVERSE_PROXY, AZURE_OPENAI_BASEURL } = process.env;
  const isAzureOpenAI = endpoint === EModelEndpoint.azureOpenAI;
  const userProvidesKey = isUserProvided(isAzureOpenAI ? AZURE_API_KEY : OPENAI_API_KEY);
  const userProvidesURL = isUserProvided(isAzureOpenAI ? AZURE_OPENAI_BASEURL : OPENAI_REVERSE_PROXY);
  const userValues = await getUserKeyValues({ userId: req.user.id, name: endpoint });

  let apiKey = userProvidesKey ? userValues.apiKey : OPENAI_API_KEY;
  const clientOptions: OpenAIConfigOptions = {
    reverseProxyUrl: userProvidesURL ? userValues.baseURL : AZURE_OPENAI_BASEURL,
  };

  const azureConfig = isAzureOpenAI && req.config.endpoints?.[EModelEndpoint.azureOpenAI];
  if (isAzureOpenAI && azureConfig) {
    const { azureOptions, serverless } = mapModelToAzureConfig(azureConfig);
    apiKey = azureOptions.azureOpenAIApiKey;
    clientOptions.azure = !serverless ? azureOptions : undefined;
  } else if (isAzureOpenAI) {
    clientOptions.azure = userProvidesKey ? JSON.parse(userValues.apiKey) : getAzureCredentials();
    apiKey = clientOptions.azure?.azureOpenAIApiKey;
  } else {
    clientOptions.headers = {};
  }

  if (!apiKey) {
    throw new Error(`${endpoint} API Key not provided.`);
  }

  const options = getOpenAIConfig(apiKey, clientOptions, endpoint); // with its own defaults

  if (isAzureOpenAI && azureConfig) {
    options.llmConfig._lc_stream_delay = azureConfig.streamRate;
  }
  return options;
}
