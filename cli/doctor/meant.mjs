import { variable } from '#doctor-api'

/** @typedef {import('./chain.mjs').Source} Source */

/** What only one source reads: if one of these is set, that source is meant. @type {Record<string, string[]>} */
const SIGNS = {
  EnvironmentCredential: [
    'AZURE_CLIENT_SECRET',
    'AZURE_CLIENT_CERTIFICATE_PATH',
    'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    'AZURE_USERNAME',
    'AZURE_PASSWORD',
  ],
  WorkloadIdentityCredential: ['AZURE_FEDERATED_TOKEN_FILE', 'AZURE_OPENAI_ENTRA_ASSERTION'],
}

const TOOLS = ['AzureCliCredential', 'AzurePowerShellCredential', 'AzureDeveloperCliCredential']
/** No such tool is installed, or PowerShell, which is on many machines for other reasons, has no module for Azure. */
const IS_ABSENT =
  /^(?:Azure CLI could not be found|Azure Developer CLI couldn't be found|Unable to execute PowerShell|The 'Az\.Account' module)/

/**
 * The source that has some of its variables, but not all.
 *
 * @param {Source[]} sources
 */
export function setUpInPart(sources) {
  return sources.find(
    ({ credential, state }) =>
      state === 'not set up' && SIGNS[credential]?.some((name) => Boolean(variable(name)?.trim())),
  )
}

/**
 * The service principal, if its tenant is set: it is the one that is meant if no other source is set up.
 *
 * @param {Source[]} sources
 */
export function principalInPart(sources) {
  if (!variable('AZURE_TENANT_ID')?.trim()) return undefined
  return sources.find(
    ({ credential, state }) => credential === 'EnvironmentCredential' && state === 'not set up',
  )
}

/**
 * The tool that is installed and gives no token: no user is logged in, or it is broken.
 *
 * @param {Source[]} sources
 */
export function installedTool(sources) {
  return sources.find(
    ({ credential, state, reason }) =>
      TOOLS.includes(credential) && state === 'not set up' && reason && !IS_ABSENT.test(reason),
  )
}
