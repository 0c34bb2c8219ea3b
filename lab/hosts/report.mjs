import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { markdownTable } from '../../scripts/support/markdown-table.mjs'

/**
 * @typedef {{
 *   host: string, version: string, date: string, what: string, lines?: string, limits?: string, outcome: string, failure?: string,
 * }} Result
 */

/** What earlier runs saw. @param {string} folder @returns {Result[]} */
export const readResults = (folder) => {
  const file = join(folder, 'hosts.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : []
}

/** @param {Result[]} results */
export const tableOf = (results) =>
  markdownTable(
    ['host', 'what', 'result', 'lines', 'tried'],
    results.map(({ host, version, date, what, lines, limits, outcome, failure }) => [
      `${host} ${version}`,
      what,
      `${failure === undefined ? outcome : 'does not run'}${limits ? `; ${limits}` : ''}`,
      lines === undefined ? 'none' : `\`${lines}\``,
      date,
    ]),
  )
