/** @typedef {import('../plan.mjs').Patch} Patch */

/**
 * Decides between a key and a token. A user's own key stays in use, and a URL that a user supplied never gets a token of
 * the operator's. If librechat.yaml has model groups, LibreChat uses their keys and URLs instead of a user's.
 */
const DECISION = [
  '',
  'const useEntraId =',
  '  isAzureOpenAI && (azureConfig || !userProvidesKey) && !userProvidesURL && shouldUseEntraId();',
  'if (useEntraId) {',
  '  apiKey = apiKey || ENTRA_ID_PLACEHOLDER;',
  '  if (clientOptions.azure) {',
  '    clientOptions.azure.azureOpenAIApiKey = apiKey;',
  '  }',
]

const AZURE_BRANCHES = 'if (isAzureOpenAI && azureConfig) {} else if (isAzureOpenAI) {}'

const OPTIONS = {
  after: 'const options = getOpenAIConfig();',
  insert: ['if (useEntraId) {', '  applyEntraIdAuth(options);', '}'],
}

/** Requests to other hosts than Azure's keep the endpoint's key. */
const CUSTOM = [
  'if (!userProvidesKey && !userProvidesURL && shouldUseEntraId()) {',
  '  applyEntraIdAuth(options);',
  '}',
]

/** @type {Patch[]} */
export const chat = [
  {
    path: 'packages/api/src/endpoints/openai/initialize.ts',
    purpose: 'chats, titles, agents',
    edits: [
      {
        after: "import {} from 'librechat-data-provider'",
        insert: [
          "import { applyEntraIdAuth, ENTRA_ID_PLACEHOLDER, shouldUseEntraId } from 'azure-openai-entra';",
        ],
      },
      { after: AZURE_BRANCHES, insert: [...DECISION, '}'] },
      OPTIONS,
    ],
  },
  {
    path: 'api/server/services/Endpoints/openAI/initialize.js',
    purpose: 'the same, up to v0.8.1',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: [
          "const { applyEntraIdAuth, ENTRA_ID_PLACEHOLDER, shouldUseEntraId } = require('azure-openai-entra');",
        ],
      },
      { after: AZURE_BRANCHES, insert: [...DECISION, '  clientOptions.useEntraId = true;', '}'] },
      OPTIONS,
    ],
  },
  {
    path: 'packages/api/src/endpoints/custom/initialize.ts',
    purpose: 'custom endpoints on Azure',
    edits: [
      {
        after: "import {} from 'librechat-data-provider'",
        insert: ["import { applyEntraIdAuth, shouldUseEntraId } from 'azure-openai-entra';"],
      },
      {
        after: 'if (_) { _ = streamRate; }',
        insert: CUSTOM,
      },
    ],
  },
  {
    path: 'api/server/services/Endpoints/custom/initialize.js',
    purpose: 'the same, up to v0.8.1',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: ["const { applyEntraIdAuth, shouldUseEntraId } = require('azure-openai-entra');"],
      },
      { after: 'const options = getOpenAIConfig(apiKey, clientOptions, endpoint);', insert: CUSTOM },
    ],
  },
  {
    path: 'api/app/clients/OpenAIClient.js',
    purpose: 'the client of both, up to v0.8.1',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: ["const { entraIdFetch } = require('azure-openai-entra');"],
      },
      {
        after: 'let chatCompletion;',
        insert: [
          'if (this.options.useEntraId) {',
          '  opts.fetch = entraIdFetch(',
          '    createFetch({',
          '      directEndpoint: this.options.directEndpoint,',
          '      reverseProxyUrl: this.options.reverseProxyUrl,',
          '    }),',
          '  );',
          '}',
        ],
      },
    ],
  },
  {
    path: 'packages/api/src/endpoints/anthropic/initialize.ts',
    purpose: 'Claude on Microsoft Foundry',
    edits: [
      {
        after: "import {} from 'librechat-data-provider'",
        insert: ["import { applyEntraIdAuth, shouldUseEntraId } from 'azure-openai-entra';"],
      },
      {
        after: 'const result = getLLMConfig();',
        insert: [
          "if (ANTHROPIC_REVERSE_PROXY && ANTHROPIC_API_KEY !== 'user_provided' && shouldUseEntraId()) {",
          '  applyEntraIdAuth(result);',
          '}',
        ],
      },
    ],
  },
  {
    path: 'packages/api/src/agents/run.ts',
    purpose: 'summaries by a custom endpoint',
    since: 'resolveSummarizationProvider',
    edits: [
      {
        after: "import {} from 'librechat-data-provider'",
        insert: ["import { applyEntraIdAuth, shouldUseEntraId } from 'azure-openai-entra';"],
      },
      {
        after: 'const {} = getOpenAIConfig();',
        insert: ['if (configOptions && shouldUseEntraId()) {', '  applyEntraIdAuth({ configOptions });', '}'],
      },
    ],
  },
  {
    path: 'api/server/services/Config/EndpointService.js',
    purpose: 'the endpoint in the menu, without a key',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: ["const { ENTRA_ID_PLACEHOLDER, shouldUseEntraId } = require('azure-openai-entra');"],
      },
      {
        after: 'module.exports = { config: {} };',
        insert: [
          '',
          'if (!azureOpenAIApiKey && shouldUseEntraId()) {',
          '  module.exports.config[EModelEndpoint.azureOpenAI] = generateConfig(',
          '    ENTRA_ID_PLACEHOLDER,',
          '    AZURE_OPENAI_BASEURL,',
          '  );',
          '}',
          '/** Assistants without a model group need a base URL. */',
          'if (!azureAssistantsApiKey && AZURE_ASSISTANTS_BASE_URL && shouldUseEntraId()) {',
          '  module.exports.config[EModelEndpoint.azureAssistants] = generateConfig(',
          '    ENTRA_ID_PLACEHOLDER,',
          '    AZURE_ASSISTANTS_BASE_URL,',
          '    EModelEndpoint.azureAssistants,',
          '  );',
          '}',
        ],
      },
    ],
  },
]
