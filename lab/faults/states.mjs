/**
 * @typedef {{ issuedAt: number, expiresAt: number }} Held
 *
 * @typedef {{
 *   id: string, what: string, life?: number, refreshIn?: number, isBusy?: boolean, staysValid?: boolean,
 *   moment: (held: Held) => number,
 * }} State
 */

/**
 * What is held when the fault sets in, and when it counts. `life` and `refreshIn` of the held token are seconds; the
 * endpoint would be needed at `moment`, from which the time to its recovery runs. If it is not `isBusy`, there is no call
 * before that.
 *
 * @type {State[]}
 */
export const STATES = [
  { id: 'cold', what: 'nothing held', moment: () => Date.now() },
  {
    id: 'due',
    what: 'due, with traffic',
    life: 75,
    refreshIn: 2,
    isBusy: true,
    staysValid: true,
    moment: ({ issuedAt }) => issuedAt + 2000,
  },
  {
    id: 'expiry',
    what: 'at expiry, with traffic',
    life: 6,
    isBusy: true,
    moment: ({ expiresAt }) => expiresAt,
  },
  { id: 'expiry-idle', what: 'at expiry, idle', life: 4, moment: ({ expiresAt }) => expiresAt + 200 },
  {
    id: 'half',
    what: 'half of its life passed, idle',
    life: 30,
    staysValid: true,
    moment: ({ issuedAt }) => issuedAt + 16_000,
  },
]

/** Seconds from that moment until the endpoint is well again. */
/** @type {(number | 'never')[]} */
export const RECOVERIES = [1, 5, 'never']
