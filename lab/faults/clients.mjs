/** The retries of real clients on top of this package's: how long a user waits for the error of a dead identity endpoint. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { failing, reset, silence } from '../../testkit/answers.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { freePort } from '../../testkit/listen.mjs'
import { saveResults } from '../support/report.mjs'

/** A client that retries for longer is ended. */
const WATCHED_SECONDS = 240
/** What a gateway says instead of the identity endpoint. */
const GATEWAY = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' }
/** A silent endpoint may be slow: it has 55 s if no other credential is behind it. */
const SILENCE_SECONDS = 57

/** @typedef {{ id: string, what: string, answer?: import('../../testkit/stand-in.mjs').Answer, limit?: number }} Fault */

/** @type {Fault[]} */
export const DEAD = [
  { id: 'refused', what: 'connection refused' },
  { id: 'reset', what: 'connection reset', answer: reset },
  { id: '503', what: '503', answer: failing(503) },
  { id: '502', what: "502, a gateway's page", answer: GATEWAY },
  { id: 'silence', what: 'accepts and is silent', answer: silence, limit: SILENCE_SECONDS },
]
/** The seconds until the user has the error, if the client gets its token by `entraIdFetch`. */
export const LIMITS = { openai: 10, langchain: 30 }
const WAYS = /** @type {const} */ (['entraIdFetch', 'provider', 'baseline'])

/**
 * @typedef {{ client: keyof typeof LIMITS, way: typeof WAYS[number], fault: string }} Case
 *
 * @typedef {Case & { seconds: number, message?: string }} Outcome without a message, the client was ended
 */

/** Whether the user had this package's message in time. @param {Outcome} outcome */
export const isInTime = ({ client, fault, seconds, message }) => {
  const limit = Math.max(LIMITS[client], DEAD.find(({ id }) => id === fault)?.limit ?? 0)
  return seconds <= limit && message?.includes('ManagedIdentityCredential') === true
}

/** @param {Case} one @param {Record<string, string>} variables @returns {Promise<Outcome>} */
const chat = async (one, variables) => {
  const env = { ...process.env, ...variables, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
  const child = fork(new URL('client.mjs', import.meta.url), [`${one.client}/${one.way}`], { env })
  const ended = setTimeout(() => child.kill(), WATCHED_SECONDS * 1000)
  let said = /** @type {{ seconds: number, message: string } | undefined} */ (undefined)
  child.once('message', (outcome) => {
    said = /** @type {{ seconds: number, message: string }} */ (outcome)
    child.kill()
  })
  await once(child, 'exit')
  clearTimeout(ended)
  return { ...one, seconds: WATCHED_SECONDS, ...said }
}

/** @param {Outcome[]} outcomes */
const table = (outcomes) => {
  const cell = (/** @type {string} */ fault, /** @type {Pick<Case, 'client' | 'way'>} */ { client, way }) => {
    const found = outcomes.find((one) => one.fault === fault && one.client === client && one.way === way)
    return found?.message === undefined ? `over ${WATCHED_SECONDS} s` : `${found.seconds.toFixed(1)} s`
  }
  const columns = /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS)).flatMap((client) =>
    WAYS.map((way) => ({ client, way })),
  )
  const rows = DEAD.map(({ id, what }) => [what, ...columns.map((column) => cell(id, column))])
  const titles = columns.map(({ client, way }) => {
    const name = client === 'openai' ? 'openai' : 'LangChain'
    const ways = { entraIdFetch: '`entraIdFetch`', provider: 'token provider', baseline: '@azure/identity' }
    return `${name}, ${ways[way]}`
  })
  return markdownTable(['identity endpoint', ...titles], rows)
}

/** @param {{ publish?: boolean }} options */
export const clients = async ({ publish }) => {
  const chats = []
  const endpoints = []
  for (const { id, answer } of DEAD) {
    const endpoint = answer && (await startIdentity())
    if (endpoint) {
      endpoint.always(answer)
      endpoints.push(endpoint)
    }
    const variables = endpoint?.environment ?? {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${await freePort()}/msi/token`,
      IDENTITY_HEADER: 'the-header',
    }
    for (const client of /** @type {(keyof typeof LIMITS)[]} */ (Object.keys(LIMITS)))
      for (const way of WAYS) chats.push(chat({ client, way, fault: id }, variables))
  }
  const outcomes = await Promise.all(chats)
  for (const endpoint of endpoints) await endpoint.close()
  console.log(table(outcomes))
  saveResults('faults-clients', { node: process.version, outcomes })
  if (publish) await writeSections('docs/faults.md', { 'faults:clients': table(outcomes) })
  const late = outcomes.filter((outcome) => outcome.way === 'entraIdFetch' && !isInTime(outcome))
  if (late.length > 0)
    throw new StepFailed(
      `late: ${late.map(({ client, fault, seconds, message }) => `${client}/${fault} after ${seconds.toFixed(1)} s: ${message}`).join('; ')}`,
    )
}
