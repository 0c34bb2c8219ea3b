/** What the lab installs, each in the one version that its table is about. */

/** The package that is swapped. */
export const SWAPPED = { '@azure/identity': '4.13.1' }

/** With `@azure/identity` below it, or used beside it. */
export const PACKAGES = {
  '@azure/ai-projects': '2.2.0',
  '@azure/app-configuration': '1.12.1',
  '@azure/data-tables': '13.3.2',
  '@azure/event-hubs': '6.0.4',
  '@azure/keyvault-secrets': '4.11.2',
  '@azure/service-bus': '7.9.5',
  '@azure/storage-blob': '12.32.0',
  '@backstage/integration': '2.2.0',
  'azure-kusto-data': '7.0.4',
  mssql: '12.7.14',
  openai: '6.49.0',
  promptfoo: '0.120.0',
  'snowflake-sdk': '2.4.3',
  'strapi-provider-upload-azure-storage': '3.5.0',
  tedious: '19.2.2',
  unstorage: '1.17.6',
}
