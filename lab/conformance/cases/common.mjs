/** What the cases share: names, environments, answers. */

/**
 * @typedef {import('../../../testkit/stand-in.mjs').Planned} Planned
 * @typedef {import('../../../testkit/tools.mjs').Script} Script
 * @typedef {Record<string, string>} Variables
 *
 * @typedef {{
 *   token?: string | RegExp, expiry?: { at?: number, in?: number }, refreshIn?: number, error?: RegExp | RegExp[],
 *   code?: string, distinct?: number, failures?: number, thrown?: boolean, maxMs?: number,
 * }} Outcome
 *
 * @typedef {(string | RegExp)[] | number} Lines
 *
 * @typedef {{
 *   requests?: Lines, proxied?: Lines, spawned?: Lines, outcome?: Outcome | Outcome[], maxMs?: number, minMs?: number,
 *   silent?: string[], aside?: RegExp,
 * }} Expectation
 *
 * @typedef {{
 *   scopes?: unknown, options?: object, times?: number, apart?: number, credential?: object, abortAfter?: number,
 *   begin?: boolean, sleep?: number, advance?: number, write?: string[], setEnv?: Variables,
 * }} Step
 *
 * @typedef {string | { key: string, type?: 'pkcs1' | 'pkcs8' | 'sec1', passphrase?: string }} Part
 * @typedef {{ concat: Part[], lineEnd?: string, before?: string } | { folder: true }} Form
 * @typedef {Planned | (Planned | undefined)[] | undefined} Answers undefined stands for the usual one
 *
 * @typedef {{
 *   env?: Variables, options?: object, oursOptions?: object, baselineOptions?: object, baselineClass?: string,
 *   className?: string, args?: unknown[],
 *   calls?: Step[], provider?: boolean, workers?: number, foreign?: string, client?: string, sync?: boolean,
 *   authority?: Answers, instance?: Answers, openid?: Answers, host?: Answers, hostTls?: boolean,
 *   imds?: Answers | 'absent', tools?: Record<string, Script>, files?: Record<string, string | Form>,
 *   ownProxy?: boolean, proxyRefusal?: string, clock?: boolean, slow?: boolean, limitMs?: number,
 *   endsChain?: boolean,
 * }} Setting README.md says what each field does
 *
 * @typedef {Setting & { id: string, what: string, expect: Expectation, peer: string }} Case
 * @typedef {Setting & { id: string, title: string, toDo: string }} Fixture without an expectation: its message is wanted
 */

/**
 * What a process of one implementation is handed.
 *
 * @typedef {'ours' | 'baseline'} Side
 * @typedef {{
 *   implementation: Side, baseline?: string, steps: Step[], options?: object, baselineClass?: string, className?: string, args?: unknown[],
 *   provider: boolean,
 *   workers?: number, foreign?: string, client?: string, sync: boolean, endpoint: string, clockFile?: string,
 * }} Spec
 *
 * What came of it.
 *
 * @typedef {{
 *   name: string, message: string, code?: string, status?: number, credential?: string, retryAfterMs?: number,
 *   attempts?: unknown[],
 * }} SeenError
 * @typedef {{
 *   token?: string, expiresOnTimestamp?: number, refreshAfterTimestamp?: number, error?: SeenError, thrown?: boolean,
 *   distinct?: number, failures?: number, ms?: number,
 * }} SeenOutcome of a step
 * @typedef {{ outcomes: SeenOutcome[], exitCode: number | string | null, hung: boolean, output: string }} Ran
 * @typedef {Ran & { requests: string[], proxied: string[], spawned: string[] }} Seen
 *
 * A case in the reports. A case that is not run has only a reason.
 *
 * @typedef {{
 *   id: string, what: string, verdict: string, peer?: string, why?: string, wrong?: Record<Side, string[]>,
 *   seen?: Record<Side, Seen>,
 * }} Row
 */

export const T = '11111111-1111-4111-8111-111111111111'
export const C = '22222222-2222-4222-8222-222222222222'
export const OTHER = '33333333-3333-4333-8333-333333333333'
export const SCOPE = 'https://cognitiveservices.azure.com/.default'
/** The resource of that scope, as a request contains it. */
export const R = 'https://cognitiveservices.azure.com'
export const PUBLIC = 'https://login.microsoftonline.com'

/** @param {string} credential */
export const only = (credential) => ({ AZURE_TOKEN_CREDENTIALS: credential })
export const SERVICE_PRINCIPAL = { AZURE_TENANT_ID: T, AZURE_CLIENT_ID: C, AZURE_CLIENT_SECRET: 'the-secret' }
export const WORKLOAD = {
  AZURE_TENANT_ID: T,
  AZURE_CLIENT_ID: C,
  AZURE_FEDERATED_TOKEN_FILE: '{files}/token',
}
export const APP_SERVICE = { IDENTITY_ENDPOINT: '{host}/msi/token', IDENTITY_HEADER: 'hdr' }

/**
 * The request of the service principal, as one line.
 *
 * @param {{ host?: string, tenant?: string, scope?: string, secret?: string, claims?: string }} [parts]
 */
export const secretRequest = ({
  host = PUBLIC,
  tenant = 'T',
  scope = 'SCOPE',
  secret = 'the-secret',
  claims,
} = {}) =>
  `POST ${host}/${tenant}/oauth2/v2.0/token | ${claims ? `claims=${claims}&` : ''}client_id=C&client_secret=${secret}&grant_type=client_credentials&scope=${scope}`

/** The request of the workload identity. */
export const federatedRequest = ({
  host = PUBLIC,
  tenant = 'T',
  client = 'C',
  assertion = 'FEDERATED',
} = {}) =>
  `POST ${host}/${tenant}/oauth2/v2.0/token | client_assertion=${assertion}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_id=${client}&grant_type=client_credentials&scope=SCOPE`

/**
 * A GET as one line.
 *
 * @param {string} address
 * @param {Variables} [fields]
 * @param {string} [headers]
 */
export const get = (address, fields = {}, headers = '') => {
  const sorted = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const query = sorted.map(([name, value]) => `${name}=${value}`).join('&')
  return `GET ${address}${query && `?${query}`}${headers && ` | ${headers}`}`
}

/** App Service's request. @param {Variables} [fields] */
export const appServiceRequest = (fields = {}) =>
  get(
    'http://host/msi/token',
    { 'api-version': '2019-08-01', resource: R, ...fields },
    'x-identity-header: hdr',
  )

export const PROBE = 'GET http://imds/metadata/identity/oauth2/token'
/** @param {Variables} [fields] */
export const imdsRequest = (fields = {}) =>
  get(PROBE.slice(4), { 'api-version': '2018-02-01', resource: R, ...fields }, 'metadata: true')
/** The probe's answer: IMDS refuses what lacks its header. */
export const PROBED = {
  status: 400,
  body: { error: 'invalid_request', error_description: 'Required metadata header not specified' },
}

/**
 * A refusal in Entra's shape, always the same.
 *
 * @param {number} code
 * @param {string} text
 * @param {{ status?: number, error?: string, [field: string]: unknown }} [more]
 */
export const aadsts = (code, text, { status = 400, error = 'invalid_request', ...more } = {}) => ({
  status,
  body: {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: 0 Correlation ID: 0 Timestamp: 2030-01-01 00:00:00Z`,
    error_codes: [code],
    timestamp: '2030-01-01 00:00:00Z',
    trace_id: '0',
    correlation_id: '0',
    ...more,
  },
})

/**
 * An answer with a token; `{token}` becomes token-1, token-2 and so on, `{now+N}` a time in seconds.
 *
 * @param {Record<string, unknown>} [fields]
 */
export const granted = (fields = {}) => ({
  body: { token_type: 'Bearer', access_token: '{token}', ...fields },
})
/** @param {Record<string, unknown>} [fields] */
export const identityGrant = (fields = { expires_on: '{now+86400}' }) =>
  granted({ resource: '{resource}', ...fields })

export const AZ_TOKEN = JSON.stringify({
  accessToken: 'az-token',
  expiresOn: '2030-01-01 00:00:00.000000',
  expires_on: 1893456000,
  tokenType: 'Bearer',
})
/** @param {string[]} more */
export const azCall = (...more) =>
  [`az account get-access-token --output json --resource ${R}`, ...more].join(' ') + ' [/bin]'
export const AZD_TOKEN = JSON.stringify({ token: 'azd-token', expiresOn: '2030-01-01T00:00:00Z' })
