/** As the README says; `@azure/identity` is bundled, as Next.js does without a configuration. */
export default { output: 'standalone', serverExternalPackages: ['azure-openai-entra'] }
