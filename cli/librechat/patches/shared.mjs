/** @type {import('../plan.mjs').Patch[]} */
export const shared = [
  {
    path: 'packages/api/src/utils/entraId.ts',
    purpose: 'what other code of LibreChat can import',
    beside: 'packages/api/src/utils/azure.ts',
    content: [
      'export {',
      '  applyEntraIdAuth,',
      '  DefaultAzureCredential,',
      '  ENTRA_ID_PLACEHOLDER,',
      '  entraIdFetch,',
      '  getAzureOpenAIAuthHeaders,',
      '  getAzureOpenAIToken,',
      "} from 'azure-openai-entra';",
      '',
    ],
  },
  {
    path: 'packages/api/src/utils/azure.ts',
    purpose: 'the switch, beside the other functions for Azure',
    edits: [
      {
        after: "import type {} from '~/types'",
        insert: ['', "export { shouldUseEntraId } from 'azure-openai-entra';"],
      },
    ],
  },
  {
    path: 'packages/api/src/utils/index.ts',
    purpose: 'their export',
    edits: [{ after: "export * from './email'", insert: ["export * from './entraId';"] }],
  },
  {
    path: 'packages/api/src/types/openai.ts',
    purpose: 'the type of a credential',
    edits: [
      {
        after: ['interface OpenAIConfigOptions {}', 'headers'],
        inList: true,
        insert: ["azureCredential?: import('azure-openai-entra').TokenCredential;"],
      },
    ],
  },
  {
    path: 'api/package.json',
    purpose: 'the dependency',
    dependency: 'dependencies',
  },
  {
    path: 'packages/api/package.json',
    purpose: 'the dependency, which the bundler leaves alone',
    dependency: 'peerDependencies',
  },
]
