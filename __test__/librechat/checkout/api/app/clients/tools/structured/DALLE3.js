const OpenAI = require('openai');
const { Tool } = require('@langchain/core/tools');
const { FileContext } = require('librechat-data-provider');

class DALLE3 extends Tool {
  constructor(fields = {}) {
    super();
    /** @type {boolean} Lists the tool without what it needs to work. */
    this.override = fields.override ?? false;
    this.context = FileContext.image_generation;
    /** @type {boolean} */
    this.isAgent = fields.isAgent;

    let apiKey = fields.DALLE3_API_KEY ?? fields.DALLE_API_KEY ?? this.getApiKey();
    const config = { apiKey };

    if (process.env.DALLE3_AZURE_API_VERSION && process.env.DALLE3_BASEURL) {
      config.baseURL = process.env.DALLE3_BASEURL;
      config.defaultHeaders = { 'api-key': process.env.DALLE3_API_KEY };
      config.apiKey = process.env.DALLE3_API_KEY;
    }

    /** @type {OpenAI} */
    this.openai = new OpenAI(config);
  }

  getApiKey() {
    const apiKey = process.env.DALLE3_API_KEY ?? process.env.DALLE_API_KEY ?? '';
    if (!apiKey && !this.override) {
      throw new Error('Missing DALLE_API_KEY environment variable.');
    }
    return apiKey;
  }
}

module.exports = DALLE3;
