import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { aadsts, startAuthority } from '../../testkit/authority.mjs'
import { fakeAzureCli, noDeveloperTools } from '../../testkit/azure-cli.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { secret } from '../../testkit/secrets.mjs'

/**
 * What situations are staged with: stand-ins, and a folder of the test's own.
 *
 * @typedef {Awaited<ReturnType<typeof startBench>>} Bench
 *
 * @typedef {Record<string, string | undefined>} Variables
 *
 * @typedef {{ variables: Variables, end?: () => unknown }} Staged
 *
 * @typedef {(bench: Bench) => Staged | Promise<Staged>} Stage
 */

/** The stand-ins that all situations share. */
export const startBench = async () => {
  const [authority, identity] = await Promise.all([startAuthority(), startIdentity()])
  // Letters of chance in its name could look like a key, which messages do not show.
  const folder = join(tmpdir(), `entra-situations-${process.pid}`)
  mkdirSync(folder)
  return {
    authority,
    identity,
    folder,
    /** @param {string} name @param {string | Buffer} content */
    file: (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    close: async () => {
      await Promise.all([authority.close(), identity.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @param {string} name @returns {Variables} */
export const only = (name) => ({ AZURE_TOKEN_CREDENTIALS: `${name}Credential` })

/** A service principal with a secret whose request the authority refuses, or with other variables. */
export const app =
  (/** @type {Variables} */ variables = {}) =>
  (/** @type {Bench} */ { authority }) => ({
    variables: { ...authority.environment, ...only('Environment'), ...variables },
  })

/** Entra ID refuses a client secret. */
export const secretRefused = (/** @type {number} */ code, /** @type {string} */ text) =>
  refused(code, text, app())

/** Entra ID refuses the token of another issuer. */
export const federatedRefused = (/** @type {number} */ code, /** @type {string} */ text) =>
  refused(code, text, (bench) => ({
    variables: {
      ...bench.authority.workloadEnvironment(bench.file('token', secret('federated-token'))),
      ...only('WorkloadIdentity'),
    },
  }))

/**
 * @param {number} code
 * @param {string} text
 * @param {(bench: Bench) => Staged} stage
 */
const refused = (code, text, stage) => (/** @type {Bench} */ bench) => {
  bench.authority.always(aadsts(400, code, 'invalid_request', text))
  return { end: () => bench.authority.always(undefined), ...stage(bench) }
}

/** What the endpoint of a managed identity says. */
export const hostSays =
  (/** @type {number} */ status, /** @type {unknown} */ body) =>
  (/** @type {Bench} */ { identity }) => {
    identity.always({ status, body })
    return {
      variables: { ...identity.environment, ...only('ManagedIdentity') },
      end: () => identity.always(undefined),
    }
  }

/** What answers at the address of IMDS. */
export const imdsSays =
  (/** @type {number} */ status, /** @type {unknown} */ body) =>
  (/** @type {Bench} */ { identity }) => {
    identity.always({ status, body })
    return {
      variables: { AZURE_POD_IDENTITY_AUTHORITY_HOST: identity.origin, ...only('ManagedIdentity') },
      end: () => identity.always(undefined),
    }
  }

/** An `az` whose file is `script`, with this mode. */
export const azIs =
  (/** @type {string} */ script, mode = 0o755) =>
  (/** @type {Bench} */ bench) => {
    const az = bench.file('az', script)
    chmodSync(az, mode)
    const end = () => rmSync(az)
    return {
      variables: { ...only('AzureCli'), PATH: [bench.folder, noDeveloperTools().PATH].join(delimiter) },
      end,
    }
  }

/** What `az` says on standard error, with its exit code. */
export const azSays = (/** @type {string} */ stderr, code = 1) => azDoes({ stderr, code })

/** @param {Parameters<typeof fakeAzureCli>[0]} behaviour */
export const azDoes = (behaviour) => () => {
  const az = fakeAzureCli(behaviour)
  return { variables: az.environment, end: az.remove }
}
