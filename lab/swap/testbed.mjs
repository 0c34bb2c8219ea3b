import { createRequire } from 'node:module'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { aadsts, startAuthority } from '../../testkit/authority.mjs'
import { fakeAzureCli, noDeveloperTools } from '../../testkit/azure-cli.mjs'
import { makeCertificates } from '../../testkit/certificates.mjs'
import { startProxy } from '../../testkit/forward.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'
import { azRequest, identityRequest, serviceRequest } from './requests.mjs'
import { startBroker } from './stand-ins/amqp.mjs'
import { startSqlServer } from './stand-ins/tds.mjs'

/**
 * @typedef {import('./apps/index.mjs').App} App
 * @typedef {import('./apps/index.mjs').Request} Request
 * @typedef {Awaited<ReturnType<typeof startTestbed>>['identities']} Identities
 * @typedef {{ value?: unknown, error?: { names: string[], code?: string, message: string } }} Outcome
 * @typedef {{ outcome: Outcome, identity: string[], service: string[] }} Seen
 */

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url))
/** No app that works takes this long. */
const LIMIT_MS = 60_000
const AUTHORITY = 'login.microsoftonline.com'
/** The services that an app cannot be told another address of. */
const SERVICES = [
  '*.blob.core.windows.net',
  '*.table.core.windows.net',
  '*.vault.azure.net',
  '*.azconfig.io',
  '*.kusto.windows.net',
]

const LOGGED_OUT = { stderr: "ERROR: Please run 'az login' to setup account.", code: 1 }

/** What `az` says of a token. @param {{ token: string, expiresOn: number }} issued */
const login = ({ token, expiresOn }) => ({
  accessToken: token,
  expiresOn: new Date(expiresOn * 1000).toISOString(),
  expires_on: expiresOn,
  tokenType: 'Bearer',
})

/** Everything around an app, on loopback. @param {string} installation the folder whose AMQP library the broker uses */
export const startTestbed = async (installation) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-swap-'))
  await makeCertificates(folder)
  const managed = await startIdentity()
  const authority = await startAuthority({ names: [AUTHORITY], trusts: () => true })
  const knows = (/** @type {string} */ token) => managed.knows(token) || authority.knows(token)

  const { NODE_EXTRA_CA_CERTS, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = authority.environment
  const principal = { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET }
  const tokenFile = join(folder, 'federated-token')
  writeFileSync(tokenFile, authority.federatedToken)
  const workload = { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE: tokenFile }
  /** The variables of each, and whether a login is there. */
  const identities = {
    'managed identity': managed.environment,
    'service principal': principal,
    'workload identity': workload,
    both: { ...managed.environment, AZURE_TENANT_ID, AZURE_CLIENT_ID },
    az: {},
  }

  /** @type {App | undefined} the one that runs now */
  let current
  /** @type {Map<string, number>} how many good requests each path had */
  const served = new Map()
  const certificate = await tls(SERVICES)
  const service = await startStandIn({
    tls: certificate,
    respond: (request) => {
      const { host = '', authorization = '' } = request.headers
      const isKnown = knows(authorization.replace(/^Bearer /, ''))
      const nth = (served.get(request.path) ?? 0) + Number(isKnown)
      served.set(request.path, nth)
      const asked = { ...request, host, origin: `https://${host}`, tenantId: AZURE_TENANT_ID, nth }
      const act = isKnown ? current?.serve : current?.challenge
      return (
        act?.(asked) ?? {
          status: isKnown ? 404 : 401,
          body: { error: { code: String(isKnown ? 404 : 401) } },
        }
      )
    },
  })
  const proxy = await startProxy((host) => (host === AUTHORITY ? authority.port : service.port))
  const sql = await startSqlServer({ knows, tls: certificate, tenantId: AZURE_TENANT_ID })
  const broker = await startBroker({
    load: createRequire(join(installation, 'package.json')),
    knows,
    tls: certificate,
  })

  return {
    identities,
    /**
     * Runs an app once.
     *
     * @param {App} app
     * @param {string} cwd the folder of its packages
     * @param {boolean} isRefused whether no identity gets a token
     * @returns {Promise<Seen>}
     */
    run: async (app, cwd, isRefused) => {
      current = app
      served.clear()
      for (const { requests } of [managed, authority, service, sql, broker]) requests.length = 0
      managed.always(isRefused ? { status: 400, body: { message: 'No identity is assigned.' } } : undefined)
      authority.always(
        isRefused ? aadsts(401, 7000215, 'invalid_client', 'Invalid client secret.') : undefined,
      )
      const az = fakeAzureCli(isRefused ? LOGGED_OUT : { stdout: login(managed.tokens.issue()) })
      const variables = {
        ...identities[app.identity],
        PATH: app.identity === 'az' ? az.environment.PATH : noDeveloperTools().PATH,
        NODE_EXTRA_CA_CERTS,
        HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: 'localhost,127.0.0.1',
        HOME: folder,
        SWAP_ASSERTION: secret('assertion'),
        SWAP_CERTIFICATE: readFileSync(join(folder, 'app.pem'), 'utf8'),
        SWAP_SERVICE_PORT: String(service.port),
        SWAP_SQL_PORT: String(sql.port),
        SWAP_BROKER_PORT: String(broker.port),
        PROMPTFOO_DISABLE_TELEMETRY: '1',
        PROMPTFOO_DISABLE_UPDATE: '1',
        PROMPTFOO_CACHE_ENABLED: 'false',
      }
      const { stdout, stderr } = await run([process.execPath, CHILD, app.name], {
        variables,
        cwd,
        limitMs: LIMIT_MS,
      })
      const calls = az.calls()
      az.remove()
      const last = stdout.trim().split('\n').at(-1) ?? ''
      return {
        outcome: last.startsWith('{"')
          ? JSON.parse(last)
          : { error: { names: ['an unhandled rejection'], message: stderr } },
        identity: [...[...managed.requests, ...authority.requests].map(identityRequest), ...azRequest(calls)],
        service: [
          ...service.requests.map((request) => serviceRequest(request, knows)),
          ...sql.requests,
          ...broker.requests,
        ],
      }
    },
    close: async () => {
      await Promise.all([managed, authority, service, proxy, sql, broker].map((it) => it.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
