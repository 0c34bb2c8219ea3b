import assert from 'node:assert/strict'

import { original } from './librechat-checkout.mjs'

const INITIALIZE_TS = 'packages/api/src/endpoints/openai/initialize.ts'
const INITIALIZE_JS = 'api/server/services/Endpoints/openAI/initialize.js'
const ENDPOINTS = 'api/server/services/Config/EndpointService.js'
const AZURE = 'packages/api/src/utils/azure.ts'

/**
 * The checkout with replacements in its files, and with new files.
 *
 * @param {Record<string, string | [from: string, to: string][]>} edits
 */
const forkOf = (edits) => {
  const files = { ...original }
  for (const [path, edit] of Object.entries(edits)) {
    if (typeof edit === 'string') {
      files[path] = edit
      continue
    }
    for (const [from, to] of edit) {
      assert.ok(files[path].includes(from), `${path}: ${from}`)
      files[path] = files[path].replace(from, () => to)
    }
  }
  return files
}

const SWITCH = `
/** Whether the operator wants tokens instead of keys. */
export const shouldUseEntraId = (): boolean => process.env.AZURE_OPENAI_USE_ENTRA_ID === 'true';
`

/** In the manner of pull request 11041: one token for each conversation, in a header beside a made-up key. */
const withHeader = forkOf({
  [AZURE]: [
    [
      "import type { AzureOptions } from '~/types';\n",
      "import type { AzureOptions } from '~/types';\nimport { DefaultAzureCredential } from '@azure/identity';\n",
    ],
    [
      'export const usesModelAsDeployment',
      `${SWITCH.trimStart()}
/**
 * Asks for a credential.
 */

export function createEntraIdCredential(): DefaultAzureCredential {
  return new DefaultAzureCredential();
}

export const getEntraIdAccessToken = async () => {
  const { token } = await createEntraIdCredential().getToken('https://scope.example/.default');
  return token;
};

export const usesModelAsDeployment`,
    ],
  ],
  [INITIALIZE_TS]: [
    [
      'import { getAzureCredentials, isUserProvided }',
      'import { getAzureCredentials, getEntraIdAccessToken, isUserProvided, shouldUseEntraId }',
    ],
    [
      '    apiKey = azureOptions.azureOpenAIApiKey;',
      "    apiKey = shouldUseEntraId() ? 'made-up' : azureOptions.azureOpenAIApiKey;",
    ],
    [
      '    apiKey = clientOptions.azure?.azureOpenAIApiKey;\n',
      `    // With Entra ID the token goes into a header.
    if (shouldUseEntraId()) {
      clientOptions.headers = { Authorization: \`Bearer \${await getEntraIdAccessToken()}\` };
      apiKey = 'made-up';
    } else {
      apiKey = clientOptions.azure?.azureOpenAIApiKey;
    }
`,
    ],
  ],
  [INITIALIZE_JS]: [
    [
      'const { isUserProvided, getOpenAIConfig, getAzureCredentials }',
      'const {\n  isUserProvided,\n  getOpenAIConfig,\n  getAzureCredentials,\n  getEntraIdAccessToken,\n  shouldUseEntraId,\n}',
    ],
    [
      '    apiKey = clientOptions.azure.azureOpenAIApiKey;\n',
      `    apiKey = clientOptions.azure.azureOpenAIApiKey;
    if (shouldUseEntraId()) {
      clientOptions.headers = { Authorization: \`Bearer \${await getEntraIdAccessToken()}\` };
      apiKey = 'made-up';
    }
`,
    ],
  ],
  [ENDPOINTS]: [
    [
      'const { generateConfig }',
      "const { shouldUseEntraId } = require('@librechat/api');\nconst { generateConfig }",
    ],
    [
      'module.exports = {',
      "const shownKey = shouldUseEntraId() ? 'made-up' : azureOpenAIApiKey;\n\nmodule.exports = {",
    ],
    ['generateConfig(azureOpenAIApiKey,', 'generateConfig(shownKey,'],
  ],
  'packages/api/src/utils/azure.spec.ts':
    "import { shouldUseEntraId } from './azure';\n\ntest('off', () => expect(shouldUseEntraId()).toBe(false));\n",
})

/** In the manner of pull request 9640: a credential in the options, a check of variables, and no check for a key. */
const withCredential = forkOf({
  [AZURE]: [
    ['export const usesModelAsDeployment', `${SWITCH.trimStart()}\nexport const usesModelAsDeployment`],
  ],
  'packages/api/src/utils/entraId.ts': `import { DefaultAzureCredential } from '@azure/identity';
import type { AzureOptions } from '~/types';

export const createEntraIdCredential = () => new DefaultAzureCredential();

export const createEntraIdAzureOptions = (options: AzureOptions): AzureOptions => ({
  ...options,
  azureOpenAIApiKey: '',
});

export const validateEntraIdConfiguration = () => ({ isValid: !!process.env.AZURE_CLIENT_ID });
`,
  'packages/api/src/utils/index.ts': [
    ["export * from './common';", "export * from './entraId';\nexport * from './common';"],
  ],
  'packages/api/src/types/openai.ts': [
    [
      "import type { AzureOptions } from './azure';",
      "import type { AzureOptions } from './azure';\nimport type { DefaultAzureCredential } from '@azure/identity';",
    ],
    ['  azure?: false', '  azureCredential?: DefaultAzureCredential;\n  azure?: false'],
  ],
  [INITIALIZE_TS]: [
    [
      "import { getOpenAIConfig } from './config';",
      "import { shouldUseEntraId } from '~/utils/azure';\nimport {\n  createEntraIdCredential,\n  createEntraIdAzureOptions,\n  validateEntraIdConfiguration,\n} from '~/utils/entraId';\nimport { getOpenAIConfig } from './config';",
    ],
    [
      '    clientOptions.azure = userProvidesKey ? JSON.parse(userValues.apiKey) : getAzureCredentials();\n    apiKey = clientOptions.azure?.azureOpenAIApiKey;\n',
      `    if (shouldUseEntraId()) {
      const validation = validateEntraIdConfiguration();
      if (!validation.isValid) {
        throw new Error('no variables');
      }
      apiKey = '';
      clientOptions.azure = createEntraIdAzureOptions(getAzureCredentials());
      clientOptions.azureCredential = createEntraIdCredential();
    } else {
      clientOptions.azure = userProvidesKey ? JSON.parse(userValues.apiKey) : getAzureCredentials();
      apiKey = clientOptions.azure?.azureOpenAIApiKey;
    }
`,
    ],
    [
      '  if (!apiKey) {\n    throw new Error(`${endpoint} API Key not provided.`);\n  }\n',
      '  // No key is needed then.\n  if (!shouldUseEntraId()) {\n    if (!apiKey) {\n      throw new Error(`${endpoint} API Key not provided.`);\n    }\n  }\n',
    ],
    ['getOpenAIConfig(apiKey, ', "getOpenAIConfig(apiKey || '', "],
  ],
  [ENDPOINTS]: [
    [
      'const { OPENAI_API_KEY: openAIApiKey, AZURE_API_KEY: azureOpenAIApiKey } = process.env ?? {};',
      "const { shouldUseEntraId } = require('@librechat/api');\n\nconst { OPENAI_API_KEY: openAIApiKey } = process.env ?? {};\nlet azureOpenAIApiKey = process.env.AZURE_API_KEY;\n\nif (shouldUseEntraId()) {\n  azureOpenAIApiKey = 'made-up';\n}",
    ],
  ],
})

/** In the manner of forks: the switch in a constant, and a provider handed to the model. */
const withProvider = forkOf({
  [AZURE]: [
    ['export const usesModelAsDeployment', `${SWITCH.trimStart()}\nexport const usesModelAsDeployment`],
  ],
  [INITIALIZE_TS]: [
    [
      "import { getAzureCredentials, isUserProvided } from '~/utils';",
      "import { DefaultAzureCredential, getBearerTokenProvider } from '@azure/identity';\nimport { getAzureCredentials, isUserProvided, shouldUseEntraId } from '~/utils';",
    ],
    ['  let apiKey =', '  const useEntraId = isAzureOpenAI && shouldUseEntraId();\n\n  let apiKey ='],
    ['  if (!apiKey) {', '  if (!apiKey && !useEntraId) {'],
    [
      '\n  if (isAzureOpenAI && azureConfig) {\n    options.',
      `
  if (useEntraId) {
    options.llmConfig.azureADTokenProvider = getBearerTokenProvider(new DefaultAzureCredential(), 'scope');
  }

  if (isAzureOpenAI && azureConfig) {
    options.`,
    ],
  ],
})

/** LibreChats with Entra ID code of their own, as trees of texts. */
export const forks = { withHeader, withCredential, withProvider }
