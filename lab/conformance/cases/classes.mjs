/** The cases of single credentials, each by the class that stands for its credential instead of by the chain. */

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Outcome} Outcome */
/** @typedef {Record<string, any>} Options any, as cases hand in what no type allows */

/** Classes whose parameters the environment has, or that need none. */
const BY_NAME = new Set([
  'EnvironmentCredential',
  'AzureCliCredential',
  'AzureDeveloperCliCredential',
  'AzurePowerShellCredential',
])

/** Options that a class has under another name, or not. */
const OF_CHAIN = [
  'tenantId',
  'managedIdentityClientId',
  'managedIdentityResourceId',
  'managedIdentityObjectId',
  'workloadIdentityClientId',
  'requiredEnvVars',
]

/** @param {Options} options */
const others = (options) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !OF_CHAIN.includes(name)))

/** @param {Options} options without what was left out */
const given = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/**
 * The classes that fit a case, each with its arguments.
 *
 * @param {Case} it
 * @returns {[string, unknown[]][]}
 */
const classesOf = ({ env = {}, options = {}, ...it }) => {
  if (it.client || it.foreign || it.baselineClass || it.oursOptions || it.baselineOptions) return []
  const own = /** @type {Options} */ (options)
  if (own.requiredEnvVars) return []
  const { AZURE_TOKEN_CREDENTIALS: name = '', AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = env
  if (BY_NAME.has(name)) return [[name, [{ ...others(own), ...given({ tenantId: own.tenantId }) }]]]
  if (name === 'WorkloadIdentityCredential') {
    const clientId = own.workloadIdentityClientId ?? own.managedIdentityClientId
    return [[name, [{ ...others(own), ...given({ tenantId: own.tenantId, clientId }) }]]]
  }
  if (name === 'ManagedIdentityCredential') {
    // By itself it heeds no AZURE_CLIENT_ID, and a pod's is that of the pod.
    if (client || env.AZURE_FEDERATED_TOKEN_FILE) return []
    const { managedIdentityClientId: clientId, managedIdentityResourceId: resourceId } = own
    const ids = given({ clientId, resourceId, objectId: own.managedIdentityObjectId })
    return [[name, [{ ...others(own), ...ids }]]]
  }
  if (name !== '' || !tenant || !client) return []
  const { AZURE_CLIENT_SECRET: secret, AZURE_CLIENT_CERTIFICATE_PATH: certificatePath } = env
  const more = { ...others(own), ...given({ additionallyAllowedTenants: own.additionallyAllowedTenants }) }
  /** @type {[string, unknown[]]} */
  const environment = ['EnvironmentCredential', [others(own)]]
  if (secret !== undefined && !secret.trim()) return []
  // What changes later is not a parameter.
  if (it.calls?.some(({ setEnv }) => setEnv)) return [environment]
  if (secret) return [environment, ['ClientSecretCredential', [tenant, client, secret, more]]]
  if (!certificatePath) return []
  const certificate = given({ certificatePath, certificatePassword: env.AZURE_CLIENT_CERTIFICATE_PASSWORD })
  const sendCertificateChain = /^(?:true|1)$/i.test(env.AZURE_CLIENT_SEND_CERTIFICATE_CHAIN ?? '')
  const withChain = { ...more, sendCertificateChain }
  return [environment, ['ClientCertificateCredential', [tenant, client, certificate, withChain]]]
}

/** That it fails, in whatever words: a class speaks of its parameters. @param {Outcome} outcome @returns {Outcome} */
const inOwnWords = (outcome) => ({ ...outcome, thrown: undefined, error: outcome.error && /./ })

/**
 * The cases by class, named by both.
 *
 * @param {Case[]} cases
 * @returns {Case[]}
 */
export const byClass = (cases) =>
  cases.flatMap((it) =>
    classesOf(it).map(([className, args]) => {
      const { outcome } = it.expect
      const expected = Array.isArray(outcome) ? outcome.map(inOwnWords) : outcome && inOwnWords(outcome)
      return {
        ...it,
        id: `${it.id}@${className}`,
        className,
        args,
        expect: { ...it.expect, outcome: expected },
        peer: 'worse: what the case of the chain says',
      }
    }),
  )
