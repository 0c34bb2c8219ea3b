const axios = require('axios');
const { genAzureEndpoint } = require('@librechat/api');
const { STTProviders } = require('librechat-data-provider');

class STTService {
  constructor() {
    this.providerStrategies = {
      [STTProviders.OPENAI]: this.openAIProvider,
      [STTProviders.AZURE_OPENAI]: this.azureOpenAIProvider,
    };
  }

  openAIProvider(sttSchema, audio) {
    return [sttSchema.url, { file: audio }, { Authorization: `Bearer ${sttSchema.apiKey}` }];
  }

  azureOpenAIProvider(sttSchema, audio) {
    const url = `${genAzureEndpoint(sttSchema)}/audio/transcriptions`;
    return [url, { file: audio }, { ...(sttSchema.apiKey && { 'api-key': sttSchema.apiKey }) }];
  }

  async sttRequest(provider, sttSchema, audio) {
    const strategy = this.providerStrategies[provider];
    const [url, data, headers] = strategy.call(
      this,
      sttSchema,
      audio,
    );

    const options = { headers };
    const response = await axios.post(url, data, options);
    return response.data.text;
  }
}

module.exports = { STTService };
