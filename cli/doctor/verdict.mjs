import { variable } from '#doctor-api'
import { shown } from '#shown'

import { winnerOf } from './chain.mjs'
import { lookalike } from './lookalikes.mjs'
import { installedTool, principalInPart, setUpInPart } from './meant.mjs'
import { withStep } from './next-step.mjs'
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
    const isWhole = endpoint?.status === undefined || endpoint.status < 300
    const took = isWhole ? 'the endpoint takes it' : endpoint?.meaning
    const next = (isWhole ? undefined : endpoint?.nextStep) ?? whoseTurnItWas(sources)
    return { verdict: withStep(`${had}${endpoint ? `, and ${took}` : ''}.`, next), exitCode: 0 }
  }
  return { verdict: withStep(`${had}, but ${endpoint.meaning}.`, endpoint.nextStep), exitCode: 3 }
}

/**
 * A configured source before the winner gave no token: its identity may have been the intended one.
 *
 * @param {import('./chain.mjs').Source[]} sources
 */
function whoseTurnItWas(sources) {
  const winner = sources.findIndex(({ state }) => state === 'serves')
  const before = sources.slice(0, winner)
  const failed = before.find(({ state }) => state === 'failed')
  if (failed)
    return `${failed.credential} comes before it and failed: if that one was meant, mend it, and name it in AZURE_TOKEN_CREDENTIALS`
  const partly = setUpInPart(before)
  return (
    partly &&
    `${partly.credential} comes before it and is set up in part: ${partly.reason}. If that one was meant, set the rest`
  )
}

/** @param {import('./chain.mjs').Source[]} sources */
function whyNone(sources) {
  const failed = sources.find(({ state }) => state === 'failed')
  // A host without its identity has the metadata service asked, which says less.
  const saysLess = failed === undefined || failed.credential === 'ManagedIdentityCredential'
  const alike = saysLess ? lookalike() : undefined
  if (alike) return withStep(`${alike.what}.`, alike.nextStep)
  const partly = saysLess ? setUpInPart(sources) : undefined
  if (partly) return withStep(`${partly.credential} is set up in part: ${partly.reason}`, partly.nextStep)
  const place = saysLess ? placeOf() : undefined
  if (place) return withStep(`${place.what}.`, place.command)
  if (failed) {
    const ends = failed.credential === 'EnvironmentCredential' ? ', and that ends the chain' : ''
    const { credential, reason, nextStep } = failed
    return withStep(`${credential} was asked and failed${ends}: ${reason}`, nextStep)
  }
  const candidates = sources.filter(({ state }) => state === 'not set up')
  const found = installedTool(sources) ?? (candidates.length === 1 ? candidates[0] : undefined)
  if (found === undefined) {
    const principal = principalInPart(sources)
    return principal
      ? withStep(`${principal.credential} is set up in part: ${principal.reason}`, principal.nextStep)
      : nothingFound(sources)
  }
  const { credential, reason = '', nextStep = '' } = found
  if (reason.endsWith(' is not logged in')) return withStep(`${reason}.`, /run '[^']+'/.exec(nextStep)?.[0])
  return withStep(`${credential} is not configured: ${reason}`, found.nextStep)
}

const LOG_IN = "install the Azure CLI (https://aka.ms/azure-cli) and run 'az login'"
const TURN_ON = 'turn on the identity of this app or machine: in the portal, under Identity, System assigned'

/** @param {import('./chain.mjs').Source[]} sources */
function nothingFound(sources) {
  const isLeftOut = (/** @type {string} */ credential) =>
    sources.some((source) => source.credential === credential && source.state === 'left out')
  const chosen = shown('words', variable('AZURE_TOKEN_CREDENTIALS') ?? '')
  const among = ` among those of AZURE_TOKEN_CREDENTIALS=${chosen}`
  const [noLogin, noIdentity] = [isLeftOut('AzureCliCredential'), isLeftOut('ManagedIdentityCredential')]
  const atDesk = noLogin ? `unset AZURE_TOKEN_CREDENTIALS, ${LOG_IN}` : LOG_IN
  const onAzure = noIdentity ? `unset AZURE_TOKEN_CREDENTIALS and ${TURN_ON}` : TURN_ON
  return withStep(
    `no source is configured${noLogin || noIdentity ? among : ''}.`,
    `on a developer's machine, ${atDesk}; on Azure, ${onAzure}`,
  )
}
