import { styleText } from 'node:util'

import Table from 'cli-table3'
import wrap from 'wrap-ansi'

import { printable } from '../foreign-text.mjs'
import { partsOf, withStep } from './next-step.mjs'
import { commandIn } from './plan.mjs'

/** Beyond this a line is hard to follow; a file or a pipe gets it too. */
const WIDEST = 110
/** What a terminal has that does not say: some of containers' say 0. */
const USUAL = 80
/** The last column of a table is never narrower. */
const LEAST = 24

const COLOURS = /** @type {const} */ ({
  serves: 'green',
  failed: 'red',
  'not set up': 'gray',
  'left out': 'gray',
  'not asked': 'gray',
})

/** With an option that the types of Node 20 lack: whether there are colours was decided before. */
const style =
  /** @type {(format: Parameters<typeof styleText>[0], text: string, options: object) => string} */ (
    /** @type {unknown} */ (styleText)
  )

/**
 * The report for people.
 *
 * @param {import('./command.mjs').Report} report
 * @param {{ hasColours: boolean, columns: number | undefined }} terminal `columns`: undefined without a terminal
 */
export function render(report, { hasColours, columns }) {
  const width = Math.min(columns === undefined ? WIDEST : columns || USUAL, WIDEST)
  /** @type {(colour: Parameters<typeof styleText>[0], text: string) => string} */
  const paint = (colour, text) => (hasColours ? style(colour, text, { validateStream: false }) : text)
  const mark = (/** @type {boolean} */ ok) => paint(ok ? 'green' : 'red', ok ? 'ok' : 'no')

  /** Addresses that a cell would break: each stands whole below its table. @type {string[]} */
  let addresses = []
  const withoutLongAddresses = (/** @type {string} */ text, /** @type {number} */ room) =>
    text.replaceAll(/https?:\/\/[^\s)'"]+/g, (address) => {
      if (address.length <= room) return address
      if (!addresses.includes(address)) addresses.push(address)
      return `[${addresses.indexOf(address) + 1}]`
    })
  // OSC 8: a terminal opens it, even if it is longer than a line.
  const link = (/** @type {string} */ address) =>
    hasColours ? `\u001B]8;;${address}\u001B\\${address}\u001B]8;;\u001B\\` : address
  const footnotes = () => {
    const notes = addresses.map((address, nth) => `\n[${nth + 1}] ${link(address)}`)
    addresses = []
    return notes.join('')
  }

  /** A table of which the last column takes what the others leave. */
  const table = (/** @type {string[]} */ head, /** @type {number[]} */ widths) => {
    const last = Math.max(LEAST, width - widths.reduce((sum, each) => sum + each + 1, 2))
    const drawn = new Table({ head, colWidths: [...widths, last], style: { head: [], border: [] } })
    return {
      // A word that is too long is broken rather than cut off; an address is neither.
      row: (/** @type {string[]} */ ...cells) => {
        const text = withoutLongAddresses(cells[cells.length - 1], last - 2)
        drawn.push([...cells.slice(0, -1), wrap(text, last - 2, { hard: true })])
      },
      toString: () => drawn.toString() + footnotes(),
    }
  }

  const sources = table(['source', 'result', 'why, and what to do'], [31, 12])
  for (const { credential, state, durationMs, reason, nextStep } of report.sources) {
    const isWinner = credential === report.winner?.credential
    sources.row(
      isWinner ? paint('bold', `${credential} *`) : credential,
      `${paint(COLOURS[state], state)}${durationMs > 0 ? `\n${durationMs} ms` : ''}`,
      isWinner ? 'the chain takes this one' : (withStep(reason, nextStep) ?? ''),
    )
  }

  const surroundings = table(['', '', 'found'], [11, 4])
  for (const { what, ok, found, nextStep } of report.surroundings) {
    surroundings.row(what, mark(ok), withStep(found, nextStep) ?? '')
  }

  const parts = [sources.toString(), identity(report), surroundings.toString()]
  if (report.endpoint) {
    const { url, ok, status, meaning, nextStep, said } = report.endpoint
    const endpoint = table(['endpoint', url], [11])
    endpoint.row(mark(ok), [status, withStep(meaning, nextStep)].filter(Boolean).join(': '))
    if (said) endpoint.row('it says', said)
    parts.push(endpoint.toString())
  }
  const [what, step] = partsOf(report.verdict)
  const verdict = [wrap(what, width)]
  if (step !== undefined) {
    const command = commandIn(step)
    // A command that is broken into lines is another one when it is pasted.
    const isToPaste = command !== undefined && step.startsWith(command)
    verdict.push(isToPaste ? `→ ${step}` : wrap(`→ ${step}`, width))
  }
  parts.push(paint(report.exitCode === 0 ? 'green' : 'red', verdict.join('\n')))
  return `${parts.join('\n\n')}\n`
}

/** @param {import('./command.mjs').Report} report */
function identity({ winner }) {
  if (winner === undefined) return 'There is no token to show.'
  const { audience, tenantId, clientId, objectId, roles } = winner.identity ?? {}
  const lines = [
    ['aud, what it opens', audience],
    ['tid, the tenant', tenantId],
    ['appid, the client id', clientId],
    ['oid, for role assignments', objectId],
    ['roles', roles?.join(', ')],
    ['exp, when it expires', new Date(winner.expiresOnTimestamp).toISOString()],
  ]
  const told = lines
    .filter(([, value]) => value)
    .map(([name, value]) => `  ${String(name).padEnd(26)} ${printable(String(value))}`)
  return [`The token of ${winner.credential}:`, ...told].join('\n')
}
