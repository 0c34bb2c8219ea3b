const { isUserProvided, getOpenAIConfig } = require('@librechat/api');
const { EModelEndpoint, extractEnvVariable } = require('librechat-data-provider');
const { getUserKeyValues } = require('~/server/services/UserService');

const initializeClient = async ({ req, endpoint }) => {
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

  const clientOptions = { reverseProxyUrl: userProvidesURL ? userValues.baseURL : configuredURL };
  const options = getOpenAIConfig(apiKey, clientOptions, endpoint);
  options.useLegacyContent = true;
  return options;
};

module.exports = initializeClient;
