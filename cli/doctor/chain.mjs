import { performance } from 'node:perf_hooks'

import { askSource, isEntraIdError, summaryOf } from '#doctor-api'

/** The default chain, in its order. */
export const CHAIN = [
  'EnvironmentCredential',
  'WorkloadIdentityCredential',
  'ManagedIdentityCredential',
  'VisualStudioCodeCredential',
  'AzureCliCredential',
  'AzurePowerShellCredential',
  'AzureDeveloperCliCredential',
  'BrokerCredential',
]

/**
 * What came of asking one source.
 *
 * - `serves`: it gave a token
 * - `not set up`: there is nothing to ask here
 * - `failed`: it was asked and gave none
 * - `left out`: AZURE_TOKEN_CREDENTIALS does not name it
 * - `not asked`: a variable is wrong that every source goes by
 *
 * @typedef {{
 *   credential: string, state: 'serves' | 'not set up' | 'failed' | 'left out' | 'not asked', durationMs: number,
 *   expiresOnTimestamp?: number, code?: string, status?: number, reason?: string, nextStep?: string,
 * }} Source
 */

/**
 * Asks one source after the other, because concurrent requests slow some of them down.
 *
 * @param {string[] | undefined} scopes
 * @param {(credential: string) => void} onAsk is called before each
 * @returns {Promise<{ sources: Source[], misconfigured?: string }>} `misconfigured`: why no source can be asked
 */
export async function askAll(scopes, onAsk) {
  const sources = []
  for (const credential of CHAIN) {
    onAsk(credential)
    const began = performance.now()
    try {
      const told = await ask(credential, scopes)
      sources.push({ credential, durationMs: Math.round(performance.now() - began), ...told })
    } catch (error) {
      if (!isEntraIdError(error)) throw error
      const left = CHAIN.map((each) => ({
        credential: each,
        state: /** @type {const} */ ('not asked'),
        durationMs: 0,
      }))
      return { sources: left, misconfigured: summaryOf(error) }
    }
  }
  return { sources }
}

/**
 * @param {string} credential
 * @param {string[] | undefined} scopes
 * @returns {Promise<Omit<Source, 'credential' | 'durationMs'>>}
 * @throws {import('../../index.js').EntraIdError} what keeps every source from being asked
 */
async function ask(credential, scopes) {
  try {
    const { expiresOn } = await askSource(credential, scopes)
    return { state: 'serves', expiresOnTimestamp: expiresOn }
  } catch (error) {
    return refusal(/** @type {import('../../index.js').EntraIdError} */ (error))
  }
}

/**
 * @param {import('../../index.js').EntraIdError} error
 * @returns {Omit<Source, 'credential' | 'durationMs'>}
 */
function refusal(error) {
  if (!isEntraIdError(error)) throw error
  const [attempt] = error.attempts
  if (attempt === undefined) {
    if (error.code !== 'ENTRA_ID_UNAVAILABLE') throw error
    return { state: 'left out', reason: 'AZURE_TOKEN_CREDENTIALS does not name it' }
  }
  const { code, status, reason, nextStep } = attempt
  return { state: code === 'ENTRA_ID_UNAVAILABLE' ? 'not set up' : 'failed', code, status, reason, nextStep }
}

/**
 * The source that the chain takes: the first that serves, unless one before it ends the chain.
 *
 * @param {Source[]} sources
 */
export function winnerOf(sources) {
  const decisive = sources.find(
    ({ credential, state }) =>
      state === 'serves' || (state === 'failed' && credential === 'EnvironmentCredential'),
  )
  return decisive?.state === 'serves' ? decisive : undefined
}
