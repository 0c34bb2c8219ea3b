import { markdownTable } from '../../scripts/support/markdown-table.mjs'

/**
 * @typedef {{ isExpected: boolean, sent: string[], error?: string, notes: string[] }} Cell
 *
 * @typedef {'provider' | 'wrapper' | 'register'} HandOver
 *
 * @typedef {{ situation: string } & Partial<Record<HandOver, Cell>>} Row
 *
 * @typedef {{ stack: string, node: string, rows: Row[] }} Result
 */

/** @type {Record<HandOver, string>} */
const COLUMNS = { provider: 'direct provider', wrapper: 'fetch wrapper', register: 'register' }

/** The columns. */
export const HAND_OVERS = /** @type {HandOver[]} */ (Object.keys(COLUMNS))

/** A row without columns is of what the client has no call for. @param {Cell | undefined} column */
const cell = (column) => {
  if (column === undefined) return '—'
  const { isExpected, sent, error, notes } = column
  const what = [sent.join(' + ') || 'no credential', error && `“${shortened(error)}”`, ...notes]
  return `${isExpected ? '✓' : '✗'} ${what.filter(Boolean).join('; ').replaceAll('|', '\\|')}`
}

/** @param {string} text */
const shortened = (text) => {
  const [line] = text.split('\n')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}

/**
 * @param {Result[]} results
 * @param {string} version of this package
 */
export const markdown = (results, version) =>
  [
    "# What reaches Azure OpenAI from LibreChat's clients",
    '',
    '<!-- Written by `npm run lab -- librechat --publish`. -->',
    '',
    `azure-openai-entra ${version} on ${process.platform}, against an Azure OpenAI on loopback that answers every request and notes what it carried.`,
    'The options of each client are put together as LibreChat does it, with keys of its own in each place.',
    '',
    '- **direct provider**: `getAzureOpenAIToken` as `azureADTokenProvider`, or as `apiKey` of plain OpenAI clients; for axios, node-fetch and undici its token in the headers.',
    '- **fetch wrapper**: `applyEntraIdAuth`; for axios and undici `getAzureOpenAIAuthHeaders({ url })`.',
    '- **register**: no code: `--require azure-openai-entra/register`, and the secret placeholder as every key. The undici package does not wait, so its requests start after the first token.',
    "- ✓: only the expected credential is sent. If Entra ID is off, or the key or the URL is a user's, that is the key, else the token. With `register`, the placeholder is not sent to a user's URL.",
    '- —: the client has no call for that.',
    '',
    ...results.flatMap(({ stack, node, rows }) => [
      `## ${stack}, Node ${node}`,
      '',
      markdownTable(
        ['', ...Object.values(COLUMNS)],
        rows.map((row) => [row.situation, ...HAND_OVERS.map((name) => cell(row[name]))]),
      ),
      '',
    ]),
  ].join('\n')
