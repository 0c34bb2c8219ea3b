/** In LibreChat's style. The parameters serve both forms of `initializeOpenAI`, before and since v0.8.2. */
export const chatSpec = String.raw`
import { EModelEndpoint } from 'librechat-data-provider';
import { applyEntraIdAuth, ENTRA_ID_PLACEHOLDER } from 'azure-openai-entra';
import { initializeOpenAI } from './initialize';

jest.mock('azure-openai-entra', () => ({
  ...jest.requireActual('azure-openai-entra'),
  applyEntraIdAuth: jest.fn(),
}));

jest.mock('~/auth', () => ({ ...jest.requireActual('~/auth'), validateEndpointURL: jest.fn() }), {
  virtual: true,
});

const AZURE = {
  AZURE_OPENAI_API_INSTANCE_NAME: 'instance',
  AZURE_OPENAI_API_DEPLOYMENT_NAME: 'deployment',
  AZURE_OPENAI_API_VERSION: '2024-10-21',
};

const USER_KEY = JSON.stringify({
  azureOpenAIApiKey: 'key-of-the-user',
  azureOpenAIApiInstanceName: 'instance',
  azureOpenAIApiDeploymentName: 'deployment',
  azureOpenAIApiVersion: '2024-10-21',
});

const initialize = (endpoint: string) => {
  const getUserKeyValues = jest
    .fn()
    .mockResolvedValue({ apiKey: USER_KEY, baseURL: 'https://user.example.com' });
  const config = { endpoints: {} };
  const params: unknown = {
    req: { user: { id: 'user' }, body: { endpoint, key: '2099-01-01' }, config },
    endpoint,
    appConfig: config,
    endpointOption: { model_parameters: {} },
    model_parameters: {},
    getUserKeyValues,
    checkUserKeyExpiry: jest.fn(),
    db: { getUserKeyValues },
  };
  return initializeOpenAI(params as Parameters<typeof initializeOpenAI>[0]);
};

describe('initializeOpenAI with Entra ID', () => {
  const originalEnv = process.env;

  beforeEach(() => {
    jest.clearAllMocks();
    process.env = { ...originalEnv, ...AZURE, AZURE_OPENAI_USE_ENTRA_ID: 'true' };
    for (const name of ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_BASEURL', 'PROXY']) {
      delete process.env[name];
    }
  });

  afterEach(() => {
    process.env = originalEnv;
  });

  it('needs no API key', async () => {
    const { llmConfig } = await initialize(EModelEndpoint.azureOpenAI);
    expect(applyEntraIdAuth).toHaveBeenCalledTimes(1);
    expect(llmConfig).toHaveProperty('azureOpenAIApiKey', ENTRA_ID_PLACEHOLDER);
  });

  it('keeps an API key of the operator, which the wrapped fetch does not send', async () => {
    process.env.AZURE_API_KEY = 'key-of-the-operator';
    const { llmConfig } = await initialize(EModelEndpoint.azureOpenAI);
    expect(applyEntraIdAuth).toHaveBeenCalledTimes(1);
    expect(llmConfig).toHaveProperty('azureOpenAIApiKey', 'key-of-the-operator');
  });

  it('uses the API key of a user', async () => {
    process.env.AZURE_API_KEY = 'user_provided';
    const { llmConfig } = await initialize(EModelEndpoint.azureOpenAI);
    expect(applyEntraIdAuth).not.toHaveBeenCalled();
    expect(llmConfig).toHaveProperty('azureOpenAIApiKey', 'key-of-the-user');
  });

  it('sends no token to the URL of a user', async () => {
    process.env.AZURE_API_KEY = 'key-of-the-operator';
    process.env.AZURE_OPENAI_BASEURL = 'user_provided';
    await initialize(EModelEndpoint.azureOpenAI);
    expect(applyEntraIdAuth).not.toHaveBeenCalled();
  });

  it('leaves OpenAI alone', async () => {
    process.env.OPENAI_API_KEY = 'key-of-openai';
    await initialize(EModelEndpoint.openAI);
    expect(applyEntraIdAuth).not.toHaveBeenCalled();
  });

  it('changes nothing while it is off', async () => {
    process.env.AZURE_OPENAI_USE_ENTRA_ID = 'false';
    await expect(initialize(EModelEndpoint.azureOpenAI)).rejects.toThrow('API Key not provided');
    process.env.AZURE_API_KEY = 'key-of-the-operator';
    await initialize(EModelEndpoint.azureOpenAI);
    expect(applyEntraIdAuth).not.toHaveBeenCalled();
  });
});
`
