import { markdownTable } from '../../scripts/support/markdown-table.mjs'

/** @typedef {import('./stages.mjs').Bench} Bench */

/**
 * One row of the page: the situation, the cause as the message has it, the next step.
 *
 * @param {Bench} bench
 * @param {string} name
 * @param {string} message
 * @param {{ reason: string, nextStep?: string } | undefined} attempt undefined if no source was asked
 */
export const told = (bench, name, message, attempt) => {
  const { reason, nextStep = '' } = attempt ?? { reason: message.split('\n')[0] }
  return [name, reason, nextStep].map((cell) => readable(bench, cell))
}

/** A row that holds nothing of the test's own. @param {string[]} cells */
export const row = (...cells) => cells.map(escaped)

/**
 * Without what differs from run to run.
 *
 * @param {Bench} bench
 * @param {string} text
 */
const readable = ({ folder, authority, identity }, text) =>
  text
    .replaceAll(new URL(authority.origin).host, 'login.microsoftonline.com')
    .replaceAll(new URL(identity.origin).host, '169.254.169.254')
    .replaceAll(/\blocalhost\b(:\d+)?/g, 'login.microsoftonline.com')
    .replaceAll(folder, '/app')
    .replaceAll(/\b127\.0\.0\.1:\d+/g, 'proxy.example:8080')
    .replaceAll(/of [\d,]+ characters/g, 'of n characters')
    .replaceAll(/ Trace ID: .*? Timestamp: [\d-]+ [\d:]+Z/g, '')
    .replaceAll(/.+/gs, escaped)

/** In one line, without what Markdown would read. @param {string} text */
const escaped = (text) => text.replaceAll(/\s+/g, ' ').replaceAll(/([|<])/g, String.raw`\$1`)

/** @param {Map<string, string[][]>} areas */
export const pageOf = (areas) =>
  [
    '# Messages, by situation',
    '',
    '<!-- Written by __test__/situations.test.mjs: UPDATE_DOCS=1 node --test __test__/situations.test.mjs, then prettier. -->',
    '',
    'Search this page for the sentence that you see. Each row has the situation, the cause as the message tells it, and the next',
    'step. The refusals of Entra ID have a page by code: [AADSTS](aadsts.md). [Troubleshooting](troubleshooting.md) begins with the',
    'doctor.',
    ...[...areas].flatMap(([area, rows]) => [
      '',
      `## ${area}`,
      '',
      markdownTable(['situation', 'cause', 'next step'], rows),
    ]),
    '',
  ].join('\n')

/**
 * The cells of a page's tables; prettier pads them and escapes what Markdown would read.
 *
 * @param {string} text
 */
export const rowsOf = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| situation') && !line.startsWith('| --'))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\', '')))
