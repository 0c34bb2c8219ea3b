const axios = require('axios');
const { genAzureEndpoint } = require('@librechat/api');
const { TTSProviders } = require('librechat-data-provider');

class TTSService {
  constructor() {
    this.providerStrategies = {
      [TTSProviders.OPENAI]: this.openAIProvider,
      [TTSProviders.AZURE_OPENAI]: this.azureOpenAIProvider,
    };
  }

  openAIProvider(ttsSchema, input) {
    return [ttsSchema.url, { input }, { Authorization: `Bearer ${ttsSchema.apiKey}` }];
  }

  azureOpenAIProvider(ttsSchema, input) {
    const url = `${genAzureEndpoint(ttsSchema)}/audio/speech`;
    return [url, { input }, { 'api-key': ttsSchema.apiKey ?? '' }];
  }

  async ttsRequest(provider, ttsSchema, { input }) {
    const strategy = this.providerStrategies[provider];
    const [url, data, headers] = strategy.call(this, ttsSchema, input);
    const options = { headers, responseType: 'stream' };
    return await axios.post(url, data, options);
  }
}

module.exports = { TTSService };
