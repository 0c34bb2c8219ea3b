/** @type {import('../plan.mjs').Patch[]} */
export const images = [
  {
    path: 'api/app/clients/tools/structured/DALLE3.js',
    purpose: 'DALL-E',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: [
          "const { ENTRA_ID_PLACEHOLDER, entraIdFetch, shouldUseEntraId } = require('azure-openai-entra');",
        ],
      },
      {
        after: 'this.isAgent = fields.isAgent;',
        insert: [
          'const configuredKey = process.env.DALLE3_API_KEY || process.env.DALLE_API_KEY;',
          '/** @type {boolean} Not where a user entered a key. */',
          'this.useEntraId =',
          '  !!process.env.DALLE3_AZURE_API_VERSION &&',
          '  !!process.env.DALLE3_BASEURL &&',
          '  (fields.DALLE3_API_KEY || fields.DALLE_API_KEY || configuredKey) === configuredKey &&',
          '  shouldUseEntraId();',
        ],
      },
      {
        after: 'if (process.env.DALLE3_AZURE_API_VERSION && process.env.DALLE3_BASEURL) {}',
        insert: [
          '',
          'if (this.useEntraId) {',
          '  config.apiKey = config.apiKey || ENTRA_ID_PLACEHOLDER;',
          '  config.fetch = entraIdFetch();',
          '}',
        ],
      },
      {
        after: "const apiKey = process.env.DALLE3_API_KEY ?? process.env.DALLE_API_KEY ?? '';",
        insert: ['if (!apiKey && this.useEntraId) {', '  return ENTRA_ID_PLACEHOLDER;', '}'],
      },
    ],
  },
  {
    path: 'api/app/clients/tools/structured/OpenAIImageTools.js',
    purpose: 'generating and editing images',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: [
          'const {',
          '  ENTRA_ID_PLACEHOLDER,',
          '  entraIdFetch,',
          '  getAzureOpenAIAuthHeaders,',
          '  shouldUseEntraId,',
          "} = require('azure-openai-entra');",
        ],
      },
      {
        after: 'const appFileStrategy = fields.fileStrategy;',
        insert: [
          'const configuredKey = process.env.IMAGE_GEN_OAI_API_KEY;',
          '/** Not where a user entered a key */',
          'const useEntraId =',
          '  !override &&',
          '  !!process.env.IMAGE_GEN_OAI_AZURE_API_VERSION &&',
          '  !!process.env.IMAGE_GEN_OAI_BASEURL &&',
          '  (fields.IMAGE_GEN_OAI_API_KEY || configuredKey) === configuredKey &&',
          '  shouldUseEntraId();',
        ],
      },
      {
        after: "const apiKey = process.env.IMAGE_GEN_OAI_API_KEY ?? '';",
        insert: ['if (!apiKey && useEntraId) {', '  return ENTRA_ID_PLACEHOLDER;', '}'],
      },
      {
        after:
          'if (!override && process.env.IMAGE_GEN_OAI_AZURE_API_VERSION && process.env.IMAGE_GEN_OAI_BASEURL) {}',
        insert: [
          '',
          'if (useEntraId) {',
          '  closureConfig.apiKey = closureConfig.apiKey || ENTRA_ID_PLACEHOLDER;',
          '  closureConfig.fetch = entraIdFetch();',
          '}',
        ],
      },
      {
        after:
          'if (process.env.IMAGE_GEN_OAI_AZURE_API_VERSION && process.env.IMAGE_GEN_OAI_BASEURL) {} else {}',
        insert: [
          'if (useEntraId) {',
          "  delete headers['api-key'];",
          '  Object.assign(headers, await getAzureOpenAIAuthHeaders({ url: baseURL }));',
          '}',
        ],
      },
    ],
  },
]
