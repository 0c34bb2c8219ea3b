const axios = require('axios');
const OpenAI = require('openai');
const { EImageOutputType } = require('librechat-data-provider');

function createOpenAIImageTools(fields = {}) {
  const override = fields.override ?? false;
  const imageOutputType = fields.imageOutputType || EImageOutputType.PNG;
  const appFileStrategy = fields.fileStrategy;

  const getApiKey = () => {
    const apiKey = process.env.IMAGE_GEN_OAI_API_KEY ?? '';
    if (!apiKey && !override) {
      throw new Error('Missing IMAGE_GEN_OAI_API_KEY environment variable.');
    }
    return apiKey;
  };

  let apiKey = fields.IMAGE_GEN_OAI_API_KEY ?? getApiKey();
  const closureConfig = { apiKey };
  let baseURL = 'https://api.openai.com/v1/';
  if (!override && process.env.IMAGE_GEN_OAI_BASEURL) {
    baseURL = process.env.IMAGE_GEN_OAI_BASEURL;
    closureConfig.baseURL = baseURL;
  }

  if (
    !override &&
    process.env.IMAGE_GEN_OAI_AZURE_API_VERSION &&
    process.env.IMAGE_GEN_OAI_BASEURL
  ) {
    baseURL = process.env.IMAGE_GEN_OAI_BASEURL;
    closureConfig.baseURL = baseURL;
    closureConfig.defaultHeaders = { 'api-key': process.env.IMAGE_GEN_OAI_API_KEY };
    closureConfig.apiKey = process.env.IMAGE_GEN_OAI_API_KEY;
  }

  const generate = async (prompt) => {
    const openai = new OpenAI(closureConfig);
    return await openai.images.generate({ prompt, output_format: imageOutputType });
  };

  const edit = async (formData) => {
    const headers = { ...formData.headers, strategy: appFileStrategy };
    if (process.env.IMAGE_GEN_OAI_AZURE_API_VERSION && process.env.IMAGE_GEN_OAI_BASEURL) {
      headers['api-key'] = apiKey;
    } else {
      headers['Authorization'] = `Bearer ${apiKey}`;
    }

    const axiosConfig = { headers, baseURL };
    if (process.env.IMAGE_GEN_OAI_AZURE_API_VERSION && process.env.IMAGE_GEN_OAI_BASEURL) {
      axiosConfig.params = { 'api-version': process.env.IMAGE_GEN_OAI_AZURE_API_VERSION };
    }
    return await axios.post('/images/edits', formData, axiosConfig);
  };

  return [generate, edit];
}

module.exports = createOpenAIImageTools;
