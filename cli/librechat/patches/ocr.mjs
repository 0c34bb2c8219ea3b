/** @type {import('../plan.mjs').Patch[]} */
export const ocr = [
  {
    path: 'packages/api/src/files/mistral/crud.ts',
    purpose: 'Mistral OCR on Azure',
    edits: [
      {
        after: "import {} from 'librechat-data-provider'",
        insert: ["import { getAzureOpenAIAuthHeaders, shouldUseEntraId } from 'azure-openai-entra';"],
      },
      {
        // Users can store values of their own under these names.
        after: 'const { apiKey, baseURL } = await loadAuthConfig();',
        insert: [
          'const ocrConfig = context.req.config?.ocr;',
          "/** Whether a value is the operator's, and not entered by the user */",
          "const isConfigured = (value: string, configured = '', variable: string) =>",
          '  !needsEnvLoad(configured) || value === process.env[getEnvVarName(configured, variable)];',
          'const useEntraId =',
          '  shouldUseEntraId() &&',
          "  isConfigured(baseURL, ocrConfig?.baseURL, 'OCR_BASEURL') &&",
          "  isConfigured(apiKey, ocrConfig?.apiKey, 'OCR_API_KEY');",
          'const auth = useEntraId && (await getAzureOpenAIAuthHeaders({ url: baseURL }));',
        ],
      },
      {
        after: ['const uploadAzureMistralOCR = async () => {};', 'performOCR()', 'apiKey'],
        inList: true,
        insert: ["...(auth && { apiKey: auth.Authorization.split(' ')[1] }),"],
      },
    ],
  },
]
