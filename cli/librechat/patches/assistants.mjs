/** @type {import('../plan.mjs').Patch[]} */
export const assistants = [
  {
    path: 'api/server/services/Endpoints/azureAssistants/initialize.js',
    purpose: 'assistants',
    edits: [
      {
        after: "const {} = require('librechat-data-provider');",
        insert: [
          "const { ENTRA_ID_PLACEHOLDER, entraIdFetch, shouldUseEntraId } = require('azure-openai-entra');",
        ],
      },
      {
        // A model group's key and URL take the place of a user's.
        after: 'if (azureConfig && azureConfig.assistants) {}',
        insert: [
          '',
          'const useEntraId = (azureOptions || (!userProvidesKey && !userProvidesURL)) && shouldUseEntraId();',
          'if (useEntraId) {',
          '  apiKey = apiKey || ENTRA_ID_PLACEHOLDER;',
          '  opts.fetch = entraIdFetch();',
          '}',
        ],
      },
      {
        needs: 'api/app/clients/OpenAIClient.js',
        after: 'if (OPENAI_ORGANIZATION) {}',
        insert: ['', 'clientOptions.useEntraId = useEntraId;'],
      },
      {
        after: 'openai.res = res;',
        insert: ['openai.locals = { ...openai.locals, useEntraId };'],
      },
    ],
  },
  {
    path: 'api/server/services/Runs/methods.js',
    purpose: 'runs of assistants',
    edits: [
      {
        after: "const axios = require('axios');",
        insert: ["const { getAzureOpenAIAuthHeaders } = require('azure-openai-entra');"],
      },
      {
        after: 'if (azureConfig && azureConfig.assistants) {}',
        insert: [
          '',
          'if (openai.locals?.useEntraId) {',
          "  delete headers['api-key'];",
          '  Object.assign(headers, await getAzureOpenAIAuthHeaders({ url }));',
          '}',
        ],
      },
    ],
  },
]
