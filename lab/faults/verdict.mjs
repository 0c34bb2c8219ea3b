/**
 * The targets, in ms. What is asked of a cell:
 *
 * - while a valid token is cached, no caller waits or gets an error; no caller gets an expired token;
 * - if a caller waits, a new token comes within {@link RECOVERY} of the moment when the endpoint is well and the pause
 *   that it asked for has ended; within the back-off's cap while a valid token is held;
 * - every failure comes within its bound;
 * - no crash, no hang, no lost token; no more requests than the back-off allows.
 */
const UNNOTICED = 25
const RECOVERY = 2000
const LONGEST_PAUSE_WHILE_HELD = 30_000
/** The end of an attempt to connect to an address without an answer cannot be observed. */
const CONNECT_LIMIT = 5000
const ACQUISITION_LIMIT = 60_000
const ACQUISITION_LIMIT_DURING_UPDATE = 90_000
/** For the machine: processes take turns on few cores. */
const SLACK = 1000
/** Requests to begin with, and each second: a refresh under way, its substitute, and the shortest of pauses. */
const REQUESTS = { first: 3, each: 1.5 }

/**
 * What was seen of a cell; moments are in ms since the epoch.
 *
 * @typedef {{ began: number, ended: number | undefined }} Attempt
 *
 * @typedef {{
 *   moment: number, healthyAt?: number, recoveredAt?: number, heldUntil?: number, endedAt: number,
 *   attempts: Attempt[], waiting: number, longestMs: number, longestWhileValidMs: number, failuresWhileValid: number,
 *   expired: number, lost: number, unhandled: number, exit: number | string,
 * }} Seen
 *
 * @typedef {{ target: keyof typeof TARGETS, text: string }} Miss
 *
 * @typedef {{ missed: Miss[] } & (Seen | { attempts?: undefined })} Judged without `attempts`, the cell did not run
 *
 * @typedef {import('./cells.mjs').Cell} Cell
 * @typedef {Pick<Cell, 'fault' | 'source'>} Place of a fault
 */

/** @param {Place} place */
const isUpdate = ({ fault, source }) => fault.isUpdate === true && source.kind === 'identity'

/** How long a failure may take. @param {Place} cell */
export const boundOf = (cell) => (isUpdate(cell) ? ACQUISITION_LIMIT_DURING_UPDATE : ACQUISITION_LIMIT)

/** For how long a cell is watched: what takes longer hangs. @param {Place} cell */
export const limitOf = (cell) => boundOf(cell) + 2 * SLACK

/** Waits up to here can be the machine's: a thread that others wait for did not get its turn. */
const MACHINE = 250

/** Whether all that a cell misses is a wait that may not recur if it runs beside few others. @param {Judged} judged */
export const isDoubtful = (judged) =>
  judged.attempts !== undefined &&
  judged.missed.length > 0 &&
  judged.missed.every(({ target }) => target === 'valid') &&
  judged.failuresWhileValid === 0 &&
  judged.longestWhileValidMs < MACHINE

/** What is asked of every cell. */
export const TARGETS = {
  valid: 'no caller waits or gets an error while the token is valid',
  expired: 'no caller gets an expired token',
  recovery: 'recovers in time',
  bound: 'every failure within its bound',
  survival: 'no crash, no hang, no unhandled rejection, no lost token',
  restraint: 'no more requests than the back-off allows',
}

/**
 * The targets that a cell misses; empty if it meets all.
 *
 * @param {Cell} cell
 * @param {Seen} seen
 * @returns {Miss[]}
 */
export const judge = (cell, seen) =>
  Object.entries({ valid, expired, recovery, bound, survival, restraint }).flatMap(([target, texts]) =>
    [texts(cell, seen) ?? []]
      .flat()
      .map((text) => ({ target: /** @type {keyof typeof TARGETS} */ (target), text })),
  )

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** @param {Cell} _ @param {Seen} seen */
const valid = (_, { longestWhileValidMs, failuresWhileValid }) => [
  ...(longestWhileValidMs > UNNOTICED
    ? [`a caller waited ${Math.round(longestWhileValidMs)} ms while the token was valid`]
    : []),
  ...(failuresWhileValid > 0 ? [`${failuresWhileValid} callers were refused while the token was valid`] : []),
]

/** @param {Cell} _ @param {Seen} seen */
const expired = (_, seen) =>
  seen.expired > 0 ? `${seen.expired} callers were given a token that had expired` : undefined

/** @param {Cell} cell @param {Seen} seen */
const recovery = (cell, seen) => {
  const { healthyAt, recoveredAt, heldUntil = 0 } = seen
  if (healthyAt === undefined) return
  if (recoveredAt === undefined) return `does not recover within ${seconds(limitOf(cell))}`
  const isHeld = recoveredAt <= heldUntil
  const limit = isHeld ? LONGEST_PAUSE_WHILE_HELD : RECOVERY
  // From the token's expiry on, a caller waits.
  const from = isHeld ? healthyAt : Math.max(healthyAt, heldUntil)
  const took = recoveredAt - from
  const connecting = cell.fault.network === 'blackhole' ? CONNECT_LIMIT : 0
  if (took > limit + pauseAsked(cell) + connecting + SLACK)
    return `recovers only ${seconds(took)} after it could`
}

/** @param {Cell} cell */
const pauseAsked = ({ fault }) => (fault.asked ?? 0) * 1000

/** @param {Cell} cell @param {Seen} seen */
const bound = (cell, { longestMs }) =>
  longestMs > boundOf(cell) + SLACK ? `a caller waited ${seconds(longestMs)}` : undefined

/** @param {Cell} _ @param {Seen} seen */
const survival = (_, { exit, unhandled, lost }) => [
  ...(unhandled > 0 ? [`${unhandled} unhandled rejections`] : []),
  ...(exit === 0 ? [] : [`the process ${exit === 'lingers' ? 'does not end' : `ended with ${exit}`}`]),
  ...(lost > 0 ? [`${lost} tokens were lost`] : []),
]

/** @param {Cell} _ @param {Seen} seen */
const restraint = (_, { attempts, moment, endedAt }) => {
  const began = Math.min(moment, ...attempts.map((attempt) => attempt.began))
  const most = REQUESTS.first + (REQUESTS.each * (endedAt - began)) / 1000
  return attempts.length > most ? `${attempts.length} requests in ${seconds(endedAt - began)}` : undefined
}
