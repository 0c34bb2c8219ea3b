import { FAULTS } from './faults.mjs'
import { SOURCES } from './sources.mjs'
import { RECOVERIES, STATES } from './states.mjs'
import { limitOf } from './verdict.mjs'

/**
 * @typedef {{
 *   id: string, source: import('./sources.mjs').Source, fault: import('./faults.mjs').Fault,
 *   state: import('./states.mjs').State, recovery: number | 'never',
 * }} Cell
 *
 * @typedef {'ours' | 'baseline'} Side the library that runs
 *
 * @typedef {{ source?: string[], fault?: string[], state?: string[], recovery?: string[] }} Wanted
 */

/** The sources that meet everything by default. */
const WHOLE = ['client-secret', 'app-service']
/** What all others meet by default. */
const MAIN = {
  fault: ['refused', 'silence', '429', '503', 'wrong-json'],
  state: ['cold', 'expiry'],
  recovery: ['5'],
}

/** The cells that make sense: an address needs no name. @type {Cell[]} */
const CELLS = SOURCES.flatMap((source) =>
  FAULTS.filter((fault) => !(fault.network === 'dns' && source.address)).flatMap((fault) =>
    STATES.flatMap((state) =>
      RECOVERIES.map((recovery) => ({
        id: [source.id, fault.id, state.id, recovery].join('/'),
        source,
        fault,
        state,
        recovery,
      })),
    ),
  ),
)

const byId = new Map(CELLS.map((cell) => [cell.id, cell]))
/**
 * @param {string} id
 * @returns {Cell}
 */
export const cellById = (id) => {
  const cell = byId.get(id)
  if (!cell) throw new Error(`There is no cell ${id}.`)
  return cell
}

/** One fault of each layer, both states that matter most. */
const QUICK = {
  source: WHOLE,
  fault: ['refused', 'silence', 'truncated', '429', '503'],
  state: ['cold', 'due'],
  recovery: ['1'],
}

/**
 * The cells of a run.
 *
 * @param {Wanted} wanted
 * @param {{ all?: boolean, quick?: boolean }} extent
 */
export const choose = (wanted, { all, quick }) => {
  for (const name of /** @type {(keyof Wanted)[]} */ (Object.keys(KNOWN))) {
    const known = KNOWN[name]
    const unknown = (wanted[name] ?? []).find((id) => !known.includes(id))
    if (unknown !== undefined) throw new Error(`there is no ${name} '${unknown}', only ${known.join(', ')}`)
  }
  const isDefault = (/** @type {Cell} */ cell) => WHOLE.includes(cell.source.id) || matches(cell, MAIN)
  // A run that names a source or a fault covers it completely.
  const named = wanted.source ?? wanted.fault
  return CELLS.filter((cell) => (quick ? matches(cell, QUICK) : all || named || isDefault(cell))).filter(
    (cell) => matches(cell, wanted),
  )
}

/** @type {Record<keyof Wanted, string[]>} */
const KNOWN = {
  source: SOURCES.map(({ id }) => id),
  fault: FAULTS.map(({ id }) => id),
  state: STATES.map(({ id }) => id),
  recovery: RECOVERIES.map(String),
}

/** @param {Cell} cell @param {Wanted} wanted */
const matches = (cell, { source, fault, state, recovery }) =>
  (source?.includes(cell.source.id) ?? true) &&
  (fault?.includes(cell.fault.id) ?? true) &&
  (state?.includes(cell.state.id) ?? true) &&
  (recovery?.includes(String(cell.recovery)) ?? true)

/**
 * About how long it takes at worst, for the order: long ones first leave no worker with one at the end.
 *
 * @param {Cell} cell
 */
export const lengthOf = (cell) =>
  (cell.state.life ?? 0) +
  (cell.fault.hangs || cell.fault.asked || cell.fault.isUpdate ? limitOf(cell) / 1000 : 0)
