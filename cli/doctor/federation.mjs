import { variable } from '#doctor-api'
import { described, shownHostIn } from '#shown'

/** @typedef {import('./surroundings.mjs').Finding} Finding */

const CHOICE = 'AZURE_OPENAI_ENTRA_ASSERTION'
const ENABLE = 'AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY'
const TOKEN_PROXY = 'AZURE_KUBERNETES_TOKEN_PROXY'
const APPLICATION = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID']

/**
 * The sources of assertions: the variables that each needs and can have, and what sets them.
 *
 * @type {Record<string, { needs: string[], has?: string[], nextStep?: string }>}
 */
const SOURCES = {
  file: {
    needs: ['AZURE_FEDERATED_TOKEN_FILE'],
    nextStep:
      'label the pod azure.workload.identity/use: "true" (on AKS), or set AZURE_FEDERATED_TOKEN_FILE to the file of the assertion',
  },
  'managed-identity': { needs: [], has: ['AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID'] },
  'github-actions': {
    needs: ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
    nextStep: "grant the job the permission 'id-token: write' in the workflow",
  },
  'google-cloud': { needs: [], has: ['GCE_METADATA_HOST'] },
}

/**
 * Which issuer vouches for the workload identity, and what of that is set up.
 *
 * @param {import('./chain.mjs').Source[]} sources
 * @returns {Finding[]}
 */
export function federation(sources) {
  const workload = sources.find(({ credential }) => credential === 'WorkloadIdentityCredential')
  return [...assertion(), ...tokenProxy(workload?.state === 'serves')]
}

/** @param {string} name */
const isSet = (name) => Boolean(variable(name)?.trim())
/** As the core reads it. @param {string} name */
const plain = (name) => (variable(name) ?? '').trim().replace(/^(["'])(.*)\1$/, '$2')

/** @returns {Finding[]} */
function assertion() {
  const what = 'assertion'
  const choice = plain(CHOICE).toLowerCase()
  if (choice === '' && !isSet('AZURE_FEDERATED_TOKEN_FILE')) return unchosen(what)
  const name = choice || 'file'
  const source = Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined
  // What is no source is told beside the sources, none of which is asked.
  if (source === undefined) return []
  const { needs, has = [], nextStep } = source
  const chosen = choice === '' ? name : `${name}, chosen by ${CHOICE}`
  const missing = [...APPLICATION, ...needs].filter((each) => !isSet(each))
  if (missing.length > 0) {
    const isOfSource = missing.some((each) => needs.includes(each))
    const step = isOfSource ? nextStep : `set ${missing.join(' and ')} to those of the application`
    return [{ what, ok: false, found: `${chosen}: ${missing.join(', ')} not set`, nextStep: step }]
  }
  const set = [...APPLICATION, ...needs, ...has.filter(isSet)]
  return [{ what, ok: true, found: `${chosen}: ${set.join(', ')} set` }]
}

/** A job that could vouch for an application. @param {string} what @returns {Finding[]} */
function unchosen(what) {
  if (!isSet('ACTIONS_ID_TOKEN_REQUEST_URL')) return []
  const found = `this job of GitHub Actions can vouch for an application, and ${CHOICE} does not choose it`
  const nextStep = `set ${CHOICE}=github-actions with AZURE_TENANT_ID and AZURE_CLIENT_ID, if no other source is meant`
  return [{ what, ok: true, found, nextStep }]
}

/** @param {boolean} serves whether the workload identity gives a token @returns {Finding[]} */
function tokenProxy(serves) {
  if (!isSet(TOKEN_PROXY)) return []
  const what = 'AKS proxy'
  const address = plain(TOKEN_PROXY)
  const host = URL.canParse(address) ? (shownHostIn(address) ?? described(address)) : 'no URL'
  if (!['true', '1'].includes(plain(ENABLE).toLowerCase())) {
    const found = `${TOKEN_PROXY} is set, but the pod's token goes to Entra ID: identity bindings are not enabled`
    const nextStep = `set ${ENABLE}=true, or pass enableAzureProxy: true, if the pod uses an identity binding`
    return [{ what, ok: serves, found, nextStep }]
  }
  const cas = ['AZURE_KUBERNETES_CA_FILE', 'AZURE_KUBERNETES_CA_DATA'].filter(isSet)
  const trust =
    cas.length > 0 ? `only the CA of ${cas.join(' and ')} is trusted` : 'the usual CAs are trusted'
  return [{ what, ok: true, found: `${host}, from ${TOKEN_PROXY}; ${trust}` }]
}
