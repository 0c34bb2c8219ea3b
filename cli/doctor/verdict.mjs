import { winnerOf } from './chain.mjs'

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
  if (endpoint === undefined) return { verdict: `${had}.`, exitCode: 0 }
  if (endpoint.ok) return { verdict: `${had}, and the endpoint takes it.`, exitCode: 0 }
  return { verdict: withStep(`${had}, but ${endpoint.meaning}.`, endpoint.nextStep), exitCode: 3 }
}

/** @param {import('./chain.mjs').Source[]} sources */
function whyNone(sources) {
  const failed = sources.find(({ state }) => state === 'failed')
  if (failed) {
    const ends = failed.credential === 'EnvironmentCredential' && ', and that ends the chain'
    return withStep(`${failed.credential} is set up here and failed${ends || ''}.`, failed.nextStep)
  }
  const chosen = process.env.AZURE_TOKEN_CREDENTIALS
  const leftOut = sources.some(({ state }) => state === 'left out')
  const among = leftOut ? ` among those of AZURE_TOKEN_CREDENTIALS=${chosen}` : ''
  return `no source is set up here${among}.\n→ set up the one that you mean: its row says how`
}

/**
 * @param {string} sentence
 * @param {string | undefined} nextStep
 */
function withStep(sentence, nextStep) {
  return nextStep === undefined ? sentence : `${sentence}\n→ ${nextStep}`
}
