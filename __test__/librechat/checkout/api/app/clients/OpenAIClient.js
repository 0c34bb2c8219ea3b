const OpenAI = require('openai');
const { createFetch } = require('@librechat/api');
const { EModelEndpoint } = require('librechat-data-provider');
const BaseClient = require('./BaseClient');

class OpenAIClient extends BaseClient {
  constructor(apiKey, options = {}) {
    super(apiKey, options);
    this.apiKey = apiKey;
    this.options = options;
  }

  async chatCompletion({ payload }) {
    const opts = { baseURL: this.options.reverseProxyUrl };
    if (this.options.endpoint === EModelEndpoint.azureOpenAI) {
      opts.defaultHeaders = { 'api-key': this.apiKey };
    }

    let chatCompletion;
    /** @type {OpenAI} */
    const openai = new OpenAI({
      fetch: createFetch({
        directEndpoint: this.options.directEndpoint,
        reverseProxyUrl: this.options.reverseProxyUrl,
      }),
      apiKey: this.apiKey,
      ...opts,
    });

    chatCompletion = await openai.chat.completions.create({ messages: payload });
    return chatCompletion.choices[0].message.content;
  }
}

module.exports = OpenAIClient;
