/**
 * What is wrong with what was seen, as sentences; none if everything is as expected.
 *
 * `expect`: `requests` (lines, or how many), `proxied`, `spawned`, `outcome` (one for all calls or a list), `maxMs`,
 * `minMs`, `silent` (texts that the output must not hold), `exitCode`, `aside` (requests that `requests` leaves out); an outcome is `{ token, expiry, error, distinct,
 * thrown }`, and `code` and `nextStep` ask for what only we have.
 *
 * @typedef {import('../cases/common.mjs').Outcome} Outcome
 * @typedef {import('../cases/common.mjs').SeenOutcome} SeenOutcome
 * @typedef {import('../cases/common.mjs').Side} Side
 * @typedef {(text: string) => void} Say
 * @param {import('../cases/common.mjs').Expectation} expect
 * @param {import('../cases/common.mjs').Seen} seen
 * @param {Side} implementation
 */
export const judge = (expect, seen, implementation) => {
  /** @type {string[]} */
  const wrong = []
  /** @type {Say} */
  const say = (text) => void wrong.push(text)
  if (seen.hung) say('hangs')
  else if (seen.exitCode !== 0) say(`the process ended with ${seen.exitCode}${lastLine(seen.output)}`)
  const requests = seen.requests.filter((line) => !expect.aside?.test(line))
  compareLists(expect.requests, requests, 'requests', say)
  compareLists(expect.proxied, seen.proxied, 'to the proxy', say)
  compareLists(expect.spawned, seen.spawned, 'spawned', say)
  for (const text of expect.silent ?? []) if (seen.output.includes(text)) say(`its output shows ${text}`)
  const wanted = expect.outcome === undefined ? [] : expect.outcome
  const list = Array.isArray(wanted) ? wanted : seen.outcomes.map(() => wanted)
  if (list.length > seen.outcomes.length)
    say(`${seen.outcomes.length} of ${list.length} calls came to an end`)
  list.forEach((outcome, nth) => compareOutcome(outcome, seen.outcomes[nth], implementation, say))
  const slowest = Math.max(0, ...seen.outcomes.map(({ ms }) => ms ?? 0))
  if (expect.maxMs !== undefined && slowest > expect.maxMs)
    say(`took ${slowest} ms, more than ${expect.maxMs}`)
  if (expect.minMs !== undefined && slowest < expect.minMs)
    say(`took ${slowest} ms, less than ${expect.minMs}`)
  return wrong
}

/**
 * @param {import('../cases/common.mjs').Lines | undefined} wanted
 * @param {string[]} seen
 * @param {string} what
 * @param {Say} say
 */
const compareLists = (wanted, seen, what, say) => {
  if (wanted === undefined) return
  if (typeof wanted === 'number') {
    if (seen.length !== wanted) say(`${what}: ${seen.length} instead of ${wanted}`)
    return
  }
  const same = wanted.length === seen.length && wanted.every((line, nth) => matches(line, seen[nth]))
  if (!same) say(`${what}: ${seen.length === 0 ? 'none' : shorten(seen).join('  ⏎  ')}`)
}

/** @param {string[]} lines */
const shorten = (lines) => (lines.length > 8 ? [...lines.slice(0, 8), `and ${lines.length - 8} more`] : lines)

/** @param {string | RegExp} wanted @param {string} seen */
const matches = (wanted, seen) => (wanted instanceof RegExp ? wanted.test(seen) : wanted === seen)

/**
 * @param {Outcome} wanted
 * @param {SeenOutcome | undefined} seen
 * @param {Side} implementation
 * @param {Say} say
 */
const compareOutcome = (wanted, seen, implementation, say) => {
  if (seen === undefined) return
  if (wanted.token !== undefined && !matches(wanted.token, seen.token ?? '')) {
    say(seen.error ? `fails: ${brief(seen.error)}` : `gives ${seen.token}`)
    return
  }
  for (const pattern of [wanted.error ?? []].flat()) {
    if (!seen.error) return say(`gives ${seen.token} instead of an error`)
    if (!pattern.test(seen.error.message)) say(`its error does not match ${pattern}: ${brief(seen.error)}`)
  }
  if (wanted.thrown !== undefined && Boolean(seen.thrown) !== wanted.thrown) {
    say(wanted.thrown ? 'the constructor does not throw' : 'the constructor throws')
  }
  for (const name of /** @type {const} */ (['distinct', 'failures'])) {
    if (wanted[name] !== undefined && seen[name] !== wanted[name])
      say(`${name}: ${seen[name]} instead of ${wanted[name]}`)
  }
  compareTimes(wanted, seen, say)
  if (implementation === 'ours' && wanted.code && seen.error?.code !== wanted.code) {
    say(`its code is ${seen.error?.code} instead of ${wanted.code}`)
  }
}

/** @param {Outcome} wanted @param {SeenOutcome} seen @param {Say} say */
const compareTimes = (wanted, seen, say) => {
  if (wanted.expiry !== undefined) {
    const { at, in: seconds = 0 } = wanted.expiry
    const target = at ?? Date.now() + seconds * 1000
    const off = Math.abs((seen.expiresOnTimestamp ?? 0) - target)
    // An absolute time is exact to the second, plus one for rounding. A time relative to the response is exact within
    // the duration of the run.
    if (off > (at === undefined ? 30_000 : 1999))
      say(`expires at ${seen.expiresOnTimestamp} instead of ${target}`)
  }
  if (wanted.refreshIn !== undefined) {
    const target = Date.now() + wanted.refreshIn * 1000
    const found = seen.refreshAfterTimestamp
    if (found === undefined || Math.abs(found - target) > 30_000)
      say(`to be refreshed at ${found}, not ${target}`)
  }
  if (wanted.maxMs !== undefined && (seen.ms ?? 0) > wanted.maxMs)
    say(`a call took ${seen.ms} ms, more than ${wanted.maxMs}`)
}

/** @param {{ name: string, message: string }} error */
const brief = ({ name, message }) => `${name}: ${message.replace(/\s+/g, ' ').slice(0, 600)}`
/** @param {string} output */
const lastLine = (output) => {
  const lines = output.trim().split('\n').filter(Boolean)
  const line = lines.find((line) => /Error/.test(line)) ?? lines.at(-1)
  return line === undefined ? '' : `: ${line.slice(0, 200)}`
}

const PASSED_OVER = ['CredentialUnavailableError', 'AuthenticationRequiredError']
/** Whether a chain of the app goes on after this outcome. @param {SeenOutcome | undefined} seen */
const isPassedOver = (seen) => PASSED_OVER.includes(seen?.error?.name ?? '')

/**
 * The calls that would end a chain of the app by our error and not by the baseline's.
 *
 * @param {import('../cases/common.mjs').Seen} ours
 * @param {import('../cases/common.mjs').Seen} baseline
 */
export const endings = (ours, baseline) =>
  ours.outcomes.flatMap((outcome, nth) =>
    outcome.error && !isPassedOver(outcome) && isPassedOver(baseline.outcomes[nth])
      ? [`ends a chain, by its ${outcome.error.name}`]
      : [],
  )

/**
 * `equal`, `better` or `worse`, or `wrong` if neither does as expected. If only the baseline fails and the case does not
 * say why that is worse for the user, the case is `unexplained`: ours may merely differ.
 *
 * @param {string[]} ours
 * @param {string[]} baseline
 * @param {string | undefined} peer
 */
export const verdictOf = (ours, baseline, peer) => {
  if (ours.length === 0) {
    if (baseline.length === 0) return 'equal'
    return peer?.startsWith('worse') ? 'better' : 'unexplained'
  }
  return baseline.length === 0 ? 'worse' : 'wrong'
}
