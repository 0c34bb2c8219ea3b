/** @type {import('../plan.mjs').Patch[]} */
export const images = [
  {
    path: 'api/app/clients/tools/structured/DALLE3.js',
    purpose: 'DALL-E',
    edits: [
      {
        after: "const OpenAI = require('openai');",
        insert: [
          "const { ENTRA_ID_PLACEHOLDER, entraIdFetch, shouldUseEntraId } = require('azure-openai-entra');",
        ],
      },
      {
        after: 'config.apiKey = process.env.DALLE3_API_KEY;',
        insert: [
          '/** A user who enters a key pays with it. */',
          'if (shouldUseEntraId() && (!apiKey || apiKey === this.getApiKey())) {',
          '  config.apiKey = config.apiKey || ENTRA_ID_PLACEHOLDER;',
          '  config.fetch = entraIdFetch();',
          '}',
        ],
      },
      {
        after: "const apiKey = process.env.DALLE3_API_KEY ?? process.env.DALLE_API_KEY ?? '';",
        insert: [
          'const { DALLE3_AZURE_API_VERSION, DALLE3_BASEURL } = process.env;',
          'if (!apiKey && DALLE3_AZURE_API_VERSION && DALLE3_BASEURL && shouldUseEntraId()) {',
          '  return ENTRA_ID_PLACEHOLDER;',
          '}',
        ],
      },
    ],
  },
  {
    path: 'api/app/clients/tools/structured/OpenAIImageTools.js',
    purpose: 'generating and editing images',
    edits: [
      {
        after: "const OpenAI = require('openai');",
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
        after: "const apiKey = process.env.IMAGE_GEN_OAI_API_KEY ?? '';",
        insert: [
          'const { IMAGE_GEN_OAI_AZURE_API_VERSION, IMAGE_GEN_OAI_BASEURL } = process.env;',
          'if (!apiKey && IMAGE_GEN_OAI_AZURE_API_VERSION && IMAGE_GEN_OAI_BASEURL && shouldUseEntraId()) {',
          '  return ENTRA_ID_PLACEHOLDER;',
          '}',
        ],
      },
      {
        after: 'let apiKey = fields.IMAGE_GEN_OAI_API_KEY ?? getApiKey();',
        insert: [
          '/** A user who enters a key pays with it. */',
          'const useEntraId =',
          '  !override &&',
          '  shouldUseEntraId() &&',
          '  !!process.env.IMAGE_GEN_OAI_BASEURL &&',
          '  (!!process.env.IMAGE_GEN_OAI_AZURE_API_VERSION ||',
          '    /\\.(openai|cognitiveservices|services\\.ai)\\.azure\\.(com|us|cn)[:/]/.test(',
          '      `${process.env.IMAGE_GEN_OAI_BASEURL}/`,',
          '    )) &&',
          '  (!apiKey || apiKey === getApiKey());',
        ],
      },
      {
        after: 'const closureConfig = { apiKey };',
        insert: ['if (useEntraId) {', '  closureConfig.fetch = entraIdFetch();', '}'],
      },
      {
        after: 'closureConfig.apiKey = process.env.IMAGE_GEN_OAI_API_KEY;',
        insert: [
          'if (useEntraId) {',
          '  closureConfig.apiKey = closureConfig.apiKey || ENTRA_ID_PLACEHOLDER;',
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
