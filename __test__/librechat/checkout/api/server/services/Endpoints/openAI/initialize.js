const { EModelEndpoint, mapModelToAzureConfig } = require('librechat-data-provider');
const { isUserProvided, getOpenAIConfig, getAzureCredentials } = require('@librechat/api');
const { getUserKeyValues } = require('~/server/services/UserService');
const OpenAIClient = require('~/app/clients/OpenAIClient');

const initializeClient = async ({ req, res, endpointOption, optionsOnly }) => {
  const { AZURE_API_KEY, AZURE_OPENAI_BASEURL, OPENAI_API_KEY } = process.env;
  const { endpoint } = req.body;
  const isAzureOpenAI = endpoint === EModelEndpoint.azureOpenAI;
  const userProvidesKey = isUserProvided(isAzureOpenAI ? AZURE_API_KEY : OPENAI_API_KEY);
  const userProvidesURL = isAzureOpenAI && isUserProvided(AZURE_OPENAI_BASEURL);
  const userValues = await getUserKeyValues({ userId: req.user.id, name: endpoint });

  let apiKey = userProvidesKey ? userValues.apiKey : OPENAI_API_KEY;
  let clientOptions = {
    reverseProxyUrl: userProvidesURL ? userValues.baseURL : AZURE_OPENAI_BASEURL,
    ...endpointOption,
  };

  const azureConfig = isAzureOpenAI && req.config.endpoints?.[EModelEndpoint.azureOpenAI];
  if (isAzureOpenAI && azureConfig) {
    const { azureOptions, serverless } = mapModelToAzureConfig(azureConfig);
    apiKey = azureOptions.azureOpenAIApiKey;
    clientOptions.azure = !serverless && azureOptions;
  } else if (isAzureOpenAI) {
    clientOptions.azure = userProvidesKey ? JSON.parse(userValues.apiKey) : getAzureCredentials();
    apiKey = clientOptions.azure.azureOpenAIApiKey;
  }

  if (!apiKey) {
    throw new Error(`${endpoint} API Key not provided.`);
  }

  if (optionsOnly) {
    const options = getOpenAIConfig(apiKey, clientOptions, endpoint);
    return options;
  }

  const client = new OpenAIClient(apiKey, Object.assign({ req, res }, clientOptions));
  return { client, openAIApiKey: apiKey };
};

module.exports = initializeClient;
