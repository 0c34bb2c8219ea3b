/**
 * The commands of a report, in order, to paste into a shell: `--fix-plan`. What is no command is a comment.
 *
 * @param {import('./command.mjs').Report} report
 */
export function planOf({ verdict, surroundings, exitCode }) {
  const [what, step] = verdict.split('\n→ ')
  const steps = [
    ...surroundings.filter(({ ok }) => !ok).map(({ found, nextStep }) => [found, nextStep]),
    ...(step === undefined ? [] : [[what, step]]),
  ]
  if (steps.length === 0) return exitCode === 0 ? '# Nothing is to be done.\n' : `# ${what}\n`
  return steps
    .map(([why, todo]) => [`# ${line(why)}`, ...(todo ? linesOf(todo) : []), ''].join('\n'))
    .join('\n')
}

/** @param {string} todo */
function linesOf(todo) {
  const command = commandIn(todo)
  if (command === undefined) return [`# ${line(todo)}`]
  const [, rest] = todo.split(command)
  return [command, ...(rest?.startsWith(', and ') ? [`# ${line(rest.slice(2))}`] : [])]
}

/** A comment ends with its line. */
const line = (/** @type {string | undefined} */ text) => (text ?? '').replaceAll(/\s+/g, ' ')

const PROGRAM = '(?:az|azd|kubectl|openssl|iconv|curl|chmod|printf|Connect-AzAccount)'
/** What a sentence has behind its command: another thing to do, and the address that explains it. */
const REST = String.raw`(?:, and .*| \(https:.*)?$`
const COMMANDS = [
  String.raw`^(unset(?: [A-Z][A-Z0-9_]*)+)(?=:|$)`,
  String.raw`^(${PROGRAM} .+?)${REST}`,
  String.raw`[Rr]un '(${PROGRAM} [^']+)'`,
  String.raw`: (${PROGRAM} .+?)${REST}`,
].map((source) => new RegExp(source))

/**
 * The command that a next step tells to run: in front, in quotation marks, or behind a colon.
 *
 * @param {string} step
 * @returns {string | undefined}
 */
export function commandIn(step) {
  const found = COMMANDS.map((pattern) => pattern.exec(step)).find(Boolean)
  return found?.[1].trim()
}
