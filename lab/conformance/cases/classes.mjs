/** The cases of single credentials, each by the class that stands for its credential instead of by the chain. */

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Outcome} Outcome */
/** @typedef {Record<string, any>} Options any, as cases hand in what no type allows */
/** @typedef {[className: string, args: unknown[], more?: (it: Case) => Partial<Case>]} Form a class, and what it changes in a case */

/** What the authority's `/oidc` gives, and what a function of the app gives. */
const ASSERTION = 'ASSERTION'
/** The form of a request with a secret. */
const SECRET_FORM = /client_id=C&client_secret=(.*)&grant_type=client_credentials&scope=(.*)$/

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

const ONLY_OF_USER = 'worse: asks for openid, profile and offline_access, and hands out that token'
const ANY_TENANT = 'worse: does not heed the variable'
const FOUR_TIMES = 'worse: by itself it sends four requests, in the chain six'
/** What the baseline does by a class, if it is not what it does in the chain. @type {Record<string, string>} */
const PEERS = {
  'B16@OnBehalfOfCredential': ONLY_OF_USER,
  'C122@OnBehalfOfCredential': ONLY_OF_USER,
  'C10@OnBehalfOfCredential': ANY_TENANT,
  'C111@OnBehalfOfCredential': ANY_TENANT,
  'C87@OnBehalfOfCredential': 'worse: keeps the token until it expires',
  'I25@OnBehalfOfCredential': "worse: serves the first tenant's token to the calls for the other tenant",
  'C75@AzurePipelinesCredential': 'worse: takes the empty variable for an address, and throws',
  'E36@ManagedIdentityCredential': FOUR_TIMES,
  'G11a@ManagedIdentityCredential': FOUR_TIMES,
}
/** What ends a chain of the app here and not with the baseline, as docs/comparison.md says. */
const ENDS_CHAIN = ['C25', 'C106', 'C201']
/** @param {{ id: string }} it a case of a class */
export const differsByClass = ({ id }) => id in PEERS

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
 * @returns {Form[]}
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
  /** @type {Form} */
  const environment = ['EnvironmentCredential', [others(own)]]
  if (secret !== undefined && !secret.trim()) return []
  // What changes later is not a parameter.
  if (it.calls?.some(({ setEnv }) => setEnv)) return [environment]
  if (secret) {
    const forUser = { ...more, tenantId: tenant, clientId: client, clientSecret: secret }
    /** @type {Form} */
    const ofUser = ['OnBehalfOfCredential', [{ ...forUser, userAssertionToken: 'USER' }], onBehalfOf]
    return [
      environment,
      ['ClientSecretCredential', [tenant, client, secret, more]],
      // A user's token can be of any organization, an application's cannot.
      ...(tenant === 'organizations' ? [] : [ofUser]),
      // Of a case about the secret itself, nothing is left without one.
      ...(secret === 'the-secret' ? byAssertion(it, [tenant, client], more) : []),
    ]
  }
  if (!certificatePath) return []
  const certificate = given({ certificatePath, certificatePassword: env.AZURE_CLIENT_CERTIFICATE_PASSWORD })
  const sendCertificateChain = /^(?:true|1)$/i.test(env.AZURE_CLIENT_SEND_CERTIFICATE_CHAIN ?? '')
  const withChain = { ...more, sendCertificateChain }
  return [environment, ['ClientCertificateCredential', [tenant, client, certificate, withChain]]]
}

/**
 * @param {Case} it
 * @param {string[]} ids
 * @param {Options} more
 * @returns {Form[]}
 */
const byAssertion = (it, ids, more) => {
  /** @type {Form} */
  const ofApp = ['ClientAssertionCredential', [...ids, { assertion: ASSERTION }, more], clientAssertion]
  // The pipeline is asked through the proxy as well, which a case about proxies does not expect.
  if (it.ownProxy || it.expect.proxied || it.proxyRefusal) return [ofApp]
  return [ofApp, ['AzurePipelinesCredential', [...ids, 'CONNECTION', 'SYSTEM-TOKEN', more], azurePipelines]]
}

/** `@azure/identity` asks for three further scopes. @param {Case} it @returns {Partial<Case>} */
const onBehalfOf = (it) => {
  /** @param {string} line */
  const changed = (line) =>
    line
      .replace(SECRET_FORM, (_, secret, scope) => {
        const user = 'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&requested_token_use=on_behalf_of'
        return `client_id=C&client_secret=${secret}&${user}&scope=${scope}`
      })
      .replace(' | ', ' | assertion=USER&')
  return withRequests(it, (line) => [
    new RegExp(`^${escaped(changed(line))}(?: (?:openid|profile|offline_access))*$`),
  ])
}

/** @param {Case} it */
const clientAssertion = (it) => withRequests(it, (line) => [asserted(line)])

/**
 * Each assertion is asked for, before Microsoft is asked about the authority or after. `@azure/identity` asks twice for
 * each fetch, which is said once and does not make a case better. That it came is told by the request which holds it.
 *
 * @param {Case} it
 * @returns {Partial<Case>}
 */
const azurePipelines = (it) => {
  const { expect } = clientAssertion(it)
  return {
    expect: { ...it.expect, ...expect, aside: ASSERTION_REQUEST },
    env: { ...it.env, SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/oidc' },
  }
}
const ASSERTION_REQUEST = /^POST https:\/\/dev\.azure\.com\/oidc\?.*serviceConnectionId=CONNECTION/

/** @param {string} line */
const asserted = (line) =>
  line.replace(SECRET_FORM, (_, secret, scope) => {
    const type = 'client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return `client_assertion=${ASSERTION}&${type}&client_id=C&grant_type=client_credentials&scope=${scope}`
  })

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * The case with other requests in place of those with a secret; patterns and numbers tell nothing of another class.
 *
 * @param {Case} it
 * @param {(line: string) => (string | RegExp)[]} change
 * @returns {Partial<Case>}
 */
const withRequests = (it, change) => {
  const { requests } = it.expect
  const isTold = Array.isArray(requests) && requests.every((line) => typeof line === 'string')
  /** @param {string | RegExp} line */
  const changed = (line) => (SECRET_FORM.test(String(line)) ? change(String(line)) : [line])
  return { expect: { ...it.expect, requests: isTold ? requests.flatMap(changed) : undefined } }
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
    classesOf(it).map(([className, args, change]) => {
      const changed = change?.(it)
      const { outcome } = it.expect
      const expected = Array.isArray(outcome) ? outcome.map(inOwnWords) : outcome && inOwnWords(outcome)
      const id = `${it.id}@${className}`
      return {
        ...it,
        ...changed,
        id,
        className,
        args,
        expect: { ...(changed?.expect ?? it.expect), outcome: expected },
        endsChain: ENDS_CHAIN.includes(it.id),
        peer: PEERS[id] ?? it.peer,
      }
    }),
  )
