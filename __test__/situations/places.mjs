/** Where a token is wanted and no source is set up: `[name, variables, cause, step]`. */

/** @typedef {[name: string, variables: Record<string, string>, cause: string, step: string]} PlaceRow */

const SITE = { WEBSITE_SITE_NAME: 'my-app', WEBSITE_RESOURCE_GROUP: 'my-group' }

/** @type {PlaceRow[]} */
// prettier-ignore
export const places = [
  ['App Service with its identity off', SITE, 'this is App Service, and its identity is off', 'az webapp identity assign --name my-app --resource-group my-group'],
  ['App Service with names that are no names', { WEBSITE_SITE_NAME: 'a;b', WEBSITE_RESOURCE_GROUP: '$(id)' }, 'this is App Service', '--name <app> --resource-group <resource group>'],
  ['Azure Functions with its identity off', { ...SITE, FUNCTIONS_WORKER_RUNTIME: 'node' }, 'this is Azure Functions, and its identity is off', 'az functionapp identity assign --name my-app --resource-group my-group'],
  ['Container Apps with its identity off', { CONTAINER_APP_NAME: 'chat' }, 'this is Container Apps, and its identity is off', 'az containerapp identity assign --system-assigned --name chat'],
  ['Azure Machine Learning without an identity', { AZUREML_RUN_ID: 'run', AZUREML_ARM_WORKSPACE_NAME: 'space', AZUREML_ARM_RESOURCEGROUP: 'group' }, 'its compute has no identity', 'az ml compute update --name <compute> --workspace-name space --resource-group group'],
  ['an AKS pod without the label', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'its label is missing', 'kubectl patch deployment <deployment>'],
  ['GitHub Actions without id-token: write', { GITHUB_ACTIONS: 'true' }, 'the job may not ask for an identity token', 'id-token: write'],
  ['GitHub Actions without a login', { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' }, 'no step has logged in to Azure', 'add the step azure/login'],
  ['Azure Pipelines without a login', { TF_BUILD: 'True' }, 'this is Azure Pipelines', 'AzureCLI@2'],
  ["Terraform's names", { ARM_TENANT_ID: 't', ARM_CLIENT_ID: 'c', ARM_CLIENT_SECRET: 's' }, 'ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET are set, and no credential reads them', 'export AZURE_TENANT_ID="$ARM_TENANT_ID" AZURE_CLIENT_ID="$ARM_CLIENT_ID" AZURE_CLIENT_SECRET="$ARM_CLIENT_SECRET"'],
  ['names without a prefix', { TENANT_ID: 't', CLIENT_ID: 'c', CLIENT_SECRET: 's' }, 'TENANT_ID, CLIENT_ID and CLIENT_SECRET are set', 'export AZURE_TENANT_ID="$TENANT_ID"'],
  ['one name without its underscore', { AZURE_TENANT_ID: 't', AZURE_CLIENTID: 'c', AZURE_CLIENT_SECRET: 's' }, 'AZURE_CLIENTID is set, and no credential reads it', 'export AZURE_CLIENT_ID="$AZURE_CLIENTID"'],
  ['a secret in a file', { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET_FILE: '/run/secrets/azure' }, 'AZURE_CLIENT_SECRET_FILE is set, and no credential reads it', 'export AZURE_CLIENT_SECRET="$(cat "$AZURE_CLIENT_SECRET_FILE")"'],
  ["a repository's AZURE_CREDENTIALS", { AZURE_CREDENTIALS: '{}', GITHUB_ACTIONS: 'true' }, 'AZURE_CREDENTIALS is set, and no credential reads it', 'to its tenantId, clientId and clientSecret'],
  ['secrets of a workflow that a fork does not get', { AZURE_TENANT_ID: '', AZURE_CLIENT_ID: '', AZURE_CLIENT_SECRET: '', GITHUB_ACTIONS: 'true' }, 'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are set, but empty', 'a pull request from a fork'],
  ['an empty .env file', { AZURE_TENANT_ID: '', AZURE_CLIENT_ID: '' }, 'AZURE_TENANT_ID and AZURE_CLIENT_ID are set, but empty', 'what they are set from is empty or has another name'],
  ['App Service without its header, as in an SSH session', { ...SITE, IDENTITY_ENDPOINT: 'http://127.0.0.1/msi' }, 'IDENTITY_ENDPOINT is set without IDENTITY_HEADER', 'sudo, cron, SSH sessions'],
  ['a tenant and nothing else', { AZURE_TENANT_ID: 't' }, 'EnvironmentCredential is set up in part', 'set the rest'],
  ['a Codespace', { CODESPACES: 'true' }, 'this is a Codespace', 'az login --use-device-code'],
  ['a dev container', { REMOTE_CONTAINERS: 'true' }, 'this is a dev container', 'az login --use-device-code'],
]
