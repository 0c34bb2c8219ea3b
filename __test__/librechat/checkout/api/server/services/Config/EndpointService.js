const { EModelEndpoint } = require('librechat-data-provider');
const { generateConfig } = require('~/server/utils/handleText');

const { OPENAI_API_KEY: openAIApiKey, AZURE_API_KEY: azureOpenAIApiKey } = process.env ?? {};
const { OPENAI_REVERSE_PROXY, AZURE_OPENAI_BASEURL } = process.env ?? {};
const { AZURE_ASSISTANTS_API_KEY: azureAssistantsApiKey, AZURE_ASSISTANTS_BASE_URL } = process.env ?? {};

module.exports = {
  config: {
    azureOpenAIApiKey,
    [EModelEndpoint.openAI]: generateConfig(openAIApiKey, OPENAI_REVERSE_PROXY),
    [EModelEndpoint.azureOpenAI]: generateConfig(azureOpenAIApiKey, AZURE_OPENAI_BASEURL),
    [EModelEndpoint.azureAssistants]: generateConfig(
      azureAssistantsApiKey,
      AZURE_ASSISTANTS_BASE_URL,
      EModelEndpoint.azureAssistants,
    ),
  },
};
