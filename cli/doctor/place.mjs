import { readFileSync } from 'node:fs'

import { variable } from '#doctor-api'
import { isKeyless } from '../forms.mjs'

/**
 * Where this process runs, as the variables of the place tell, and what a token needs there.
 *
 * @typedef {{ is: () => boolean, what: string, command: () => string }} Place
 */

const isSet = (/** @type {string} */ name) => Boolean(variable(name)?.trim())

/** As Azure takes them: of apps, and of groups and workspaces. */
const [APP, GROUP] = [/^[A-Za-z\d][A-Za-z\d-]{0,58}[A-Za-z\d]$/, /^\w[\w.-]{0,88}\w$/]
const CLIENT_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** A name for a command, or a placeholder for an unknown one. */
const named = (
  /** @type {string} */ variableName,
  /** @type {string} */ placeholder,
  /** @type {RegExp} */ form = GROUP,
) => {
  const value = variable(variableName)
  return value && form.test(value) && isKeyless(value) ? value : placeholder
}

/** The client id for a command. */
export const clientId = (/** @type {string} */ placeholder) =>
  named('AZURE_CLIENT_ID', placeholder, CLIENT_ID)

const hasIdentity = () => isSet('IDENTITY_ENDPOINT') || isSet('MSI_ENDPOINT')
const inPod = () => isSet('KUBERNETES_SERVICE_HOST')
/** Azure Functions Core Tools set the same variables on a developer's machine. */
const inFunctions = () =>
  (isSet('FUNCTIONS_WORKER_RUNTIME') || isSet('FUNCTIONS_EXTENSION_VERSION')) &&
  variable('AZURE_FUNCTIONS_ENVIRONMENT') !== 'Development'
const inAppService = () => isSet('WEBSITE_SITE_NAME')

/**
 * The command that turns on an app's identity. Azure knows the group of an app whose name is known.
 *
 * @param {string} kind
 * @param {string} name
 * @param {string} group
 */
const assign = (kind, name, group) => {
  const looked = `"$(az ${kind} list --query "[?name=='${name}'].resourceGroup" --output tsv)"`
  const isToFind = group.startsWith('<') && !name.startsWith('<')
  const which = kind === 'containerapp' ? ' --system-assigned' : ''
  return `az ${kind} identity assign${which} --name ${name} --resource-group ${isToFind ? looked : group}`
}

const ofSite = (/** @type {string} */ kind) =>
  assign(kind, named('WEBSITE_SITE_NAME', '<app>', APP), named('WEBSITE_RESOURCE_GROUP', '<resource group>'))

/** A pod is named after its deployment, and then by two parts of chance. */
const deployment = () => {
  const [, name] =
    /^([a-z0-9][a-z0-9-]{0,60})-[a-z0-9]{6,10}-[a-z0-9]{5}$/.exec(variable('HOSTNAME') ?? '') ?? []
  return name !== undefined && isKeyless(name) ? name : '<deployment>'
}

/** Microsoft's tag of virtual machines, which containers on them see as well. */
const AZURE_TAG = '7783-7084-3265-9085-8269-3286-77'

const onVirtualMachine = () => {
  try {
    return readFileSync('/sys/class/dmi/id/chassis_asset_tag', 'utf8').trim() === AZURE_TAG
  } catch {
    return false
  }
}

const label = '{"spec":{"template":{"metadata":{"labels":{"azure.workload.identity/use":"true"}}}}}'

/** The first that fits counts. @type {Place[]} */
const PLACES = [
  {
    is: () => isSet('GITHUB_ACTIONS') && !isSet('ACTIONS_ID_TOKEN_REQUEST_URL'),
    what: 'this is GitHub Actions, and the job may not ask for an identity token',
    command: () =>
      "add 'permissions: { id-token: write, contents: read }' to the job, and the step azure/login with client-id and tenant-id",
  },
  {
    is: () => isSet('GITHUB_ACTIONS'),
    what: 'this is GitHub Actions, and no step has logged in to Azure',
    command: () => 'add the step azure/login with client-id, tenant-id and subscription-id before this one',
  },
  {
    is: () => isSet('TF_BUILD'),
    what: 'this is Azure Pipelines, and no task has logged in to Azure',
    command: () =>
      'run this in the task AzureCLI@2 with a service connection of workload identity federation',
  },
  {
    is: () => inFunctions() && !hasIdentity(),
    what: 'this is Azure Functions, and its identity is off',
    command: () => ofSite('functionapp'),
  },
  {
    is: () => inAppService() && !hasIdentity(),
    what: 'this is App Service, and its identity is off',
    command: () => ofSite('webapp'),
  },
  {
    is: () => isSet('CONTAINER_APP_NAME') && !hasIdentity(),
    what: 'this is Container Apps, and its identity is off',
    command: () => assign('containerapp', named('CONTAINER_APP_NAME', '<app>', APP), '<resource group>'),
  },
  {
    is: () => (isSet('AZUREML_RUN_ID') || isSet('AZUREML_ARM_WORKSPACE_NAME')) && !hasIdentity(),
    what: 'this is Azure Machine Learning, and its compute has no identity',
    command: () =>
      `az ml compute update --name <compute> --workspace-name ${named('AZUREML_ARM_WORKSPACE_NAME', '<workspace>')} --resource-group ${named('AZUREML_ARM_RESOURCEGROUP', '<resource group>')} --identity-type system_assigned`,
  },
  {
    is: () => inPod() && !isSet('AZURE_FEDERATED_TOKEN_FILE'),
    what: 'this is a Kubernetes pod without a workload identity: its label is missing',
    command: () => `kubectl patch deployment ${deployment()} --patch '${label}'`,
  },
  {
    is: () => isSet('CODESPACES'),
    what: 'this is a Codespace, and az is not logged in within it',
    command: () => 'az login --use-device-code',
  },
  {
    is: () => isSet('REMOTE_CONTAINERS') || isSet('DEVCONTAINER'),
    what: 'this is a dev container, and az is not logged in within it',
    command: () => 'az login --use-device-code',
  },
  {
    is: () => onVirtualMachine() && !hasIdentity(),
    what: 'this is a virtual machine of Azure, and its metadata service does not answer this process',
    command: () =>
      "curl --noproxy '*' --header Metadata:true 'http://169.254.169.254/metadata/instance?api-version=2021-02-01'",
  },
]

/**
 * Why no source is set up, by where this process runs; undefined if the place tells nothing.
 *
 * @returns {{ what: string, command: string } | undefined}
 */
export function placeOf() {
  const place = PLACES.find(({ is }) => is())
  return place && { what: place.what, command: place.command() }
}
