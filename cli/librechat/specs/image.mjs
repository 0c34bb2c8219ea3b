/** In LibreChat's style. */
export const imageSpec = String.raw`
const { ENTRA_ID_PLACEHOLDER } = require('azure-openai-entra');
const DALLE3 = require('../DALLE3');

const processFileURL = jest.fn();

describe('DALLE3 with Entra ID', () => {
  const originalEnv = process.env;

  beforeEach(() => {
    process.env = {
      ...originalEnv,
      AZURE_OPENAI_USE_ENTRA_ID: 'true',
      DALLE3_AZURE_API_VERSION: '2024-02-01',
      DALLE3_BASEURL: 'https://instance.openai.azure.com/openai/deployments/dall-e-3',
    };
    delete process.env.DALLE3_API_KEY;
    delete process.env.DALLE_API_KEY;
  });

  afterEach(() => {
    process.env = originalEnv;
  });

  const optionsOf = (fields) => new DALLE3({ processFileURL, ...fields }).openai._options;

  it('needs no API key', () => {
    const { apiKey, fetch } = optionsOf();
    expect(apiKey).toBe(ENTRA_ID_PLACEHOLDER);
    expect(fetch).toEqual(expect.any(Function));
  });

  it('uses the API key of a user', () => {
    process.env.DALLE3_API_KEY = 'key-of-the-operator';
    expect(optionsOf({ DALLE_API_KEY: 'key-of-the-user' }).fetch).toBeUndefined();
  });

  it('leaves OpenAI alone', () => {
    delete process.env.DALLE3_AZURE_API_VERSION;
    process.env.DALLE_API_KEY = 'key-of-openai';
    const { apiKey, fetch } = optionsOf();
    expect(apiKey).toBe('key-of-openai');
    expect(fetch).toBeUndefined();
  });

  it('changes nothing while it is off', () => {
    process.env.AZURE_OPENAI_USE_ENTRA_ID = 'false';
    expect(() => optionsOf()).toThrow('Missing DALLE_API_KEY');
    process.env.DALLE3_API_KEY = 'key-of-the-operator';
    expect(optionsOf().fetch).toBeUndefined();
  });
});
`
