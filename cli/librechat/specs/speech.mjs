/** In LibreChat's style. */
export const speechSpec = String.raw`
const axios = require('axios');
const { STTProviders } = require('librechat-data-provider');
const { getAzureOpenAIAuthHeaders } = require('azure-openai-entra');
const { STTService } = require('./STTService');

jest.mock('axios', () => ({ ...jest.requireActual('axios'), post: jest.fn() }));
jest.mock('azure-openai-entra', () => ({
  ...jest.requireActual('azure-openai-entra'),
  getAzureOpenAIAuthHeaders: jest.fn(),
}));
jest.mock('~/server/services/Config', () => ({ getAppConfig: jest.fn() }));

const AZURE = {
  apiKey: 'key-of-the-operator',
  instanceName: 'instance',
  deploymentName: 'whisper',
  apiVersion: '2024-02-01',
};

describe('STTService with Entra ID', () => {
  const originalEnv = process.env;

  beforeEach(() => {
    jest.clearAllMocks();
    process.env = { ...originalEnv, AZURE_OPENAI_USE_ENTRA_ID: 'true' };
    axios.post.mockResolvedValue({ status: 200, data: { text: 'Hello' } });
    getAzureOpenAIAuthHeaders.mockResolvedValue({ Authorization: 'Bearer token' });
  });

  afterEach(() => {
    process.env = originalEnv;
  });

  const requestOf = async (provider, schema) => {
    const audioFile = { originalname: 'audio.webm', mimetype: 'audio/webm', size: 4 };
    const audioBuffer = Buffer.from('....');
    const service = await STTService.getInstance();
    const text = await service.sttRequest(provider, schema, { audioBuffer, audioFile });
    expect(text).toBe('Hello');
    const [url, , { headers }] = axios.post.mock.calls[0];
    return { url, headers };
  };

  it('sends a token instead of the API key', async () => {
    const { url, headers } = await requestOf(STTProviders.AZURE_OPENAI, AZURE);
    expect(headers).toHaveProperty('Authorization', 'Bearer token');
    expect(headers).not.toHaveProperty('api-key');
    expect(getAzureOpenAIAuthHeaders).toHaveBeenCalledWith({ url });
  });

  it('leaves OpenAI alone', async () => {
    const schema = { apiKey: 'key-of-openai', model: 'whisper-1' };
    const { headers } = await requestOf(STTProviders.OPENAI, schema);
    expect(headers).toHaveProperty('Authorization', 'Bearer key-of-openai');
    expect(getAzureOpenAIAuthHeaders).not.toHaveBeenCalled();
  });

  it('changes nothing while it is off', async () => {
    process.env.AZURE_OPENAI_USE_ENTRA_ID = 'false';
    const { headers } = await requestOf(STTProviders.AZURE_OPENAI, AZURE);
    expect(headers).toHaveProperty('api-key', 'key-of-the-operator');
    expect(getAzureOpenAIAuthHeaders).not.toHaveBeenCalled();
  });
});
`
