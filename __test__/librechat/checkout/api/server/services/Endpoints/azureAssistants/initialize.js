const OpenAI = require('openai');
const { constructAzureURL, isUserProvided } = require('@librechat/api');
const { EModelEndpoint, mapModelToAzureConfig } = require('librechat-data-provider');
const { getUserKeyValues } = require('~/server/services/UserService');
const OAIClient = require('~/app/clients/OpenAIClient');

const initializeClient = async ({ req, res, endpointOption, initAppClient = false }) => {
  const { OPENAI_ORGANIZATION, AZURE_ASSISTANTS_API_KEY, AZURE_ASSISTANTS_BASE_URL } = process.env;
  const userProvidesKey = isUserProvided(AZURE_ASSISTANTS_API_KEY);
  const userProvidesURL = isUserProvided(AZURE_ASSISTANTS_BASE_URL);
  const userValues = await getUserKeyValues({ userId: req.user.id });

  let apiKey = userProvidesKey ? userValues.apiKey : AZURE_ASSISTANTS_API_KEY;
  let baseURL = userProvidesURL ? userValues.baseURL : AZURE_ASSISTANTS_BASE_URL;
  const opts = {};
  const clientOptions = { req, res, ...endpointOption };

  const azureConfig = req.config.endpoints?.[EModelEndpoint.azureOpenAI];
  /** @type {AzureOptions | undefined} */
  let azureOptions;

  if (azureConfig && azureConfig.assistants) {
    const mapped = mapModelToAzureConfig(azureConfig);
    azureOptions = mapped.azureOptions;
    baseURL = constructAzureURL({ baseURL: mapped.baseURL, azureOptions });
    apiKey = azureOptions.azureOpenAIApiKey;
    opts.defaultHeaders = { 'api-key': apiKey, 'OpenAI-Beta': 'assistants=v2' };
  }

  if (!apiKey) {
    throw new Error('Assistants API key not provided. Please provide it again.');
  }

  opts.baseURL = baseURL;

  if (OPENAI_ORGANIZATION) {
    opts.organization = OPENAI_ORGANIZATION;
  }

  /** @type {OpenAIClient} */
  const openai = new OpenAI({ apiKey, ...opts });
  openai.req = req;
  openai.res = res;

  if (azureOptions) {
    openai.locals = { ...(openai.locals ?? {}), azureOptions };
  }

  if (endpointOption && initAppClient) {
    return { client: new OAIClient(apiKey, clientOptions), openai, openAIApiKey: apiKey };
  }
  return { openai, openAIApiKey: apiKey };
};

module.exports = initializeClient;
