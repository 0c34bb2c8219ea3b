import { variable } from '#doctor-api'
import { shown } from '#shown'

import { winnerOf } from './chain.mjs'
import { placeOf } from './place.mjs'

/**
 * The last line of the report, which is read first: what is wrong and the next step, and the exit code.
 *
 * @param {{ sources: import('./chain.mjs').Source[], misconfigured?: string }} asked
 * @param {import('./endpoint.mjs').EndpointReport | undefined} endpoint
 * @returns {Pick<import('./command.mjs').Report, 'verdict' | 'exitCode'>}
 */
export function judge({ sources, misconfigured }, endpoint) {
  if (misconfigured !== undefined) return { verdict: `No token: ${misconfigured}`, exitCode: 1 }
  const winner = winnerOf(sources)
  if (winner === undefined) return { verdict: `No token: ${whyNone(sources)}`, exitCode: 1 }
  const had = `${winner.credential} gives a token`
  if (endpoint === undefined || endpoint.ok) {
    const took = endpoint ? ', and the endpoint takes it' : ''
    return { verdict: withStep(`${had}${took}.`, whoseTurnItWas(sources)), exitCode: 0 }
  }
  return { verdict: withStep(`${had}, but ${endpoint.meaning}.`, endpoint.nextStep), exitCode: 3 }
}

/**
 * A configured source before the winner failed: its identity may have been the intended one.
 *
 * @param {import('./chain.mjs').Source[]} sources
 */
function whoseTurnItWas(sources) {
  const first = sources.find(({ state }) => state === 'serves' || state === 'failed')
  if (first?.state !== 'failed') return undefined
  return `${first.credential} comes before it and failed: if that one was meant, mend it, and name it in AZURE_TOKEN_CREDENTIALS`
}

/** @param {import('./chain.mjs').Source[]} sources */
function whyNone(sources) {
  const failed = sources.find(({ state }) => state === 'failed')
  const place = placeOf(sources)
  // A host without its identity has the metadata service asked, which says less.
  const isOfPlace = failed === undefined || failed.credential === 'ManagedIdentityCredential'
  if (place && isOfPlace) return withStep(`${place.what}.`, place.command)
  if (failed) {
    const ends = failed.credential === 'EnvironmentCredential' ? ', and that ends the chain' : ''
    const { credential, reason, nextStep } = failed
    return withStep(`${credential} was asked and failed${ends}: ${reason}`, nextStep)
  }
  const [candidate, ...others] = sources.filter(({ state }) => state === 'not set up')
  if (candidate && others.length === 0) {
    const { credential, reason, nextStep } = candidate
    return withStep(`${credential} is not configured: ${reason}`, nextStep)
  }
  const chosen = shown('words', variable('AZURE_TOKEN_CREDENTIALS') ?? '')
  const leftOut = sources.some(({ state }) => state === 'left out')
  const among = leftOut ? ` among those of AZURE_TOKEN_CREDENTIALS=${chosen}` : ''
  return `no source is configured${among}.\n→ run 'az login' on a developer's machine, or turn on the managed identity on Azure: its row says how`
}

/**
 * @param {string} sentence
 * @param {string | undefined} nextStep
 */
function withStep(sentence, nextStep) {
  return nextStep === undefined ? sentence : `${sentence}\n→ ${nextStep}`
}
