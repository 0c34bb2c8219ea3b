import { performance } from 'node:perf_hooks'

import { askSource } from '#diagnosis'

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
 *
 * @typedef {{
 *   credential: string, state: 'serves' | 'not set up' | 'failed' | 'left out', durationMs: number,
 *   expiresOnTimestamp?: number, code?: string, status?: number, reason?: string, nextStep?: string,
 * }} Source
 */

/**
 * Asks one source after the other, for some are slow because others are asked beside them.
 *
 * @param {string[] | undefined} scopes
 * @param {(credential: string) => void} onAsk is called before each
 * @returns {Promise<Source[]>}
 */
export async function askAll(scopes, onAsk) {
  const sources = []
  for (const credential of CHAIN) {
    onAsk(credential)
    const began = performance.now()
    const told = await ask(credential, scopes)
    sources.push({ credential, durationMs: Math.round(performance.now() - began), ...told })
  }
  return sources
}

/**
 * @param {string} credential
 * @param {string[] | undefined} scopes
 * @returns {Promise<Omit<Source, 'credential' | 'durationMs'>>}
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
  if (error.name !== 'EntraIdError') throw error
  const [attempt] = error.attempts
  if (attempt === undefined) {
    if (error.code === 'ENTRA_ID_UNAVAILABLE') {
      return { state: 'left out', reason: 'AZURE_TOKEN_CREDENTIALS does not name it' }
    }
    return { state: 'failed', code: error.code, reason: error.message }
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
