import { FAULTS } from './faults.mjs'
import { SOURCES } from './sources.mjs'
import { RECOVERIES, STATES } from './states.mjs'
import { limitOf } from './verdict.mjs'

/**
 * @typedef {{
 *   id: string, source: typeof SOURCES[number], fault: typeof FAULTS[number], state: typeof STATES[number],
 *   recovery: number | 'never',
 * }} Cell
 */

/** The sources that meet everything by default. */
const WHOLE = ['client-secret', 'app-service']
/** What all others meet by default. */
const MAIN = {
  fault: ['refused', 'silence', '429', '503', 'wrong-json'],
  state: ['cold', 'expiry'],
  recovery: ['5'],
}

/** The cells that make sense: an address needs no name. */
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
/** @returns {Cell} */
export const cellById = (id) => byId.get(id)

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
 * @param {{ source?: string[], fault?: string[], state?: string[], recovery?: string[] }} wanted
 * @param {{ all?: boolean, quick?: boolean }} extent
 */
export const choose = (wanted, { all, quick }) => {
  for (const [name, known] of Object.entries(KNOWN)) {
    const unknown = (wanted[name] ?? []).find((id) => !known.includes(id))
    if (unknown !== undefined) throw new Error(`there is no ${name} '${unknown}', only ${known.join(', ')}`)
  }
  const isDefault = (cell) => WHOLE.includes(cell.source.id) || matches(cell, MAIN)
  // A run that names a source or a fault covers it completely.
  const named = wanted.source ?? wanted.fault
  return CELLS.filter((cell) => (quick ? matches(cell, QUICK) : all || named || isDefault(cell))).filter(
    (cell) => matches(cell, wanted),
  )
}

const KNOWN = {
  source: SOURCES.map(({ id }) => id),
  fault: FAULTS.map(({ id }) => id),
  state: STATES.map(({ id }) => id),
  recovery: RECOVERIES.map(String),
}

const matches = (cell, { source, fault, state, recovery }) =>
  (source?.includes(cell.source.id) ?? true) &&
  (fault?.includes(cell.fault.id) ?? true) &&
  (state?.includes(cell.state.id) ?? true) &&
  (recovery?.includes(String(cell.recovery)) ?? true)

/** About how long it takes at worst, for the order: long ones first leave no worker with one at the end. */
export const lengthOf = (cell) =>
  (cell.state.life ?? 0) +
  (cell.fault.hangs || cell.fault.asked || cell.fault.isUpdate ? limitOf(cell) / 1000 : 0)
