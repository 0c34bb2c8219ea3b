const REQUIRED = "const { getAzureOpenAIAuthHeaders, shouldUseEntraId } = require('azure-openai-entra');"

/** The functions of the providers are synchronous and cannot wait for a token; their caller can. */
const PREPARED = 'const [url, data, headers] = strategy.call();'

/** @param {string} providers */
const headersFor = (providers) => [
  '',
  `if (provider === ${providers}.AZURE_OPENAI && shouldUseEntraId()) {`,
  "  delete headers['api-key'];",
  '  Object.assign(headers, await getAzureOpenAIAuthHeaders({ url }));',
  '}',
]

/** @type {import('../plan.mjs').Patch[]} */
export const speech = [
  {
    path: 'api/server/services/Files/Audio/STTService.js',
    purpose: 'speech to text',
    edits: [
      { after: "const axios = require('axios');", insert: [REQUIRED] },
      { after: PREPARED, insert: headersFor('STTProviders') },
    ],
  },
  {
    path: 'api/server/services/Files/Audio/TTSService.js',
    purpose: 'text to speech',
    edits: [
      { after: "const axios = require('axios');", insert: [REQUIRED] },
      { after: PREPARED, insert: headersFor('TTSProviders') },
    ],
  },
]
