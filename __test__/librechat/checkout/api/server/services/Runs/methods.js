const axios = require('axios');
const { EModelEndpoint } = require('librechat-data-provider');

async function retrieveRun({ thread_id, run_id, openai }) {
  const { apiKey, baseURL } = openai;
  let url = `${baseURL}/threads/${thread_id}/runs/${run_id}`;
  let headers = { Authorization: `Bearer ${apiKey}`, 'OpenAI-Beta': 'assistants=v2' };

  const azureConfig = openai.req.config.endpoints?.[EModelEndpoint.azureOpenAI];

  if (azureConfig && azureConfig.assistants) {
    delete headers.Authorization;
    headers = { ...headers, ...openai._options.defaultHeaders };
  }

  const response = await axios.get(url, { headers });
  return response.data;
}

module.exports = { retrieveRun };
