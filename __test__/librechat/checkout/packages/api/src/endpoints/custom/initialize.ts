import { EModelEndpoint, extractEnvVariable } from 'librechat-data-provider';
import type { CustomResult, InitializeParams } from '~/types';
import { isUserProvided } from '~/utils';
import { getOpenAIConfig } from './config';

/** Puts together what the model of an endpoint of librechat.yaml's own is made with. */
export async function initializeCustom({ req, endpoint, getUserKeyValues }: InitializeParams) {
  const endpointConfig = req.config.endpoints?.[EModelEndpoint.custom]?.[endpoint] ?? {};
  const configuredKey = extractEnvVariable(endpointConfig.apiKey ?? '');
  const configuredURL = extractEnvVariable(endpointConfig.baseURL ?? '');
  const userProvidesKey = isUserProvided(configuredKey);
  const userProvidesURL = isUserProvided(configuredURL);
  const userValues = await getUserKeyValues({ userId: req.user.id, name: endpoint });
  const apiKey = userProvidesKey ? userValues.apiKey : configuredKey;

  if (!apiKey) {
    throw new Error(`${endpoint} API key not provided.`);
  }

  const finalClientOptions = { reverseProxyUrl: userProvidesURL ? userValues.baseURL : configuredURL };

  let options: CustomResult;
  if (endpointConfig.provider === 'anthropic') {
    options = { llmConfig: { apiKey, clientOptions: {} } };
  } else {
    options = getOpenAIConfig(apiKey, finalClientOptions, endpoint);
    options.useLegacyContent = true;
  }

  const streamRate = endpointConfig.streamRate;
  if (streamRate != null) {
    options.llmConfig._lc_stream_delay = streamRate;
  }

  return options;
}
