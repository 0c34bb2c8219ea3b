import { partsOf } from './next-step.mjs'
import { clientId } from './place.mjs'

/**
 * The commands of a report, in order, to paste into a shell: `--fix-plan`. What is no command is a comment, and so is a
 * command that lacks a value.
 *
 * @param {import('./command.mjs').Report} report
 */
export function planOf({ verdict, surroundings, exitCode }) {
  const [what, step] = partsOf(verdict)
  const steps = [
    ...surroundings.filter(({ ok }) => !ok).map(({ found, nextStep }) => [found, nextStep]),
    ...(step === undefined ? [] : [[what, step]]),
  ]
  // What keeps every source from being asked has its step in the same sentence.
  if (step === undefined && exitCode !== 0) steps.push([what, undefined])
  if (steps.length === 0) return '# Nothing is to be done.\n'
  return steps
    .map(([why, todo]) => [`# ${line(why)}`, ...(todo ? linesOf(todo) : []), ''].join('\n'))
    .join('\n')
}

/** @param {string} todo */
function linesOf(todo) {
  const command = commandIn(todo)
  const [before, rest] = command === undefined ? [todo, ''] : todo.split(command)
  // What ends with a colon describes the command.
  const isOneOfSeveral = (!before.endsWith(': ') && ALTERNATIVE.test(before)) || ALTERNATIVE.test(rest)
  if (command === undefined || isOneOfSeveral) return [`# ${line(todo)}`]
  return [...runnable(filled(command)), ...(rest?.startsWith(', and ') ? [`# ${line(rest.slice(2))}`] : [])]
}

/** Only the reader knows which of several steps is theirs. */
const ALTERNATIVE = /; |, or |\. Or /

/** An identity and its group, by its client id. */
const IDENTITY = /--identity-name <identity> --resource-group <group>/

/** With the client id and the identity that the command names. @param {string} command */
function filled(command) {
  const id = clientId('')
  const of = (/** @type {string} */ what) =>
    `"$(az identity list --query "[?clientId=='${id}'].${what}" --output tsv)"`
  const found = id
    ? command.replace(IDENTITY, () => `--identity-name ${of('name')} --resource-group ${of('resourceGroup')}`)
    : command
  return found.replaceAll('<AZURE_CLIENT_ID>', clientId)
}

/** What lists the values for a placeholder. @type {[RegExp, string][]} */
const LISTS = [
  [/<deployment>/, 'kubectl get deployments'],
  [/<tenant/, 'az account list --refresh --query "[].[name, tenantId]" --output table'],
  [/^az .*<[a-z]/, 'az resource list --query "[].[name, type, resourceGroup]" --output table'],
]

/** A shell would take `<app>` for the name of a file. @param {string} command */
function runnable(command) {
  const placeholders = new Set(command.match(/<[A-Za-z][^<>]*>/g))
  if (placeholders.size === 0) return [command]
  const list = LISTS.find(([pattern]) => pattern.test(command))?.[1]
  const put = `# Put the value in place of ${[...placeholders].join(' and ')}, and run:`
  return [...(list === undefined ? [] : ['# This lists the values.', list]), put, `# ${command}`]
}

/** A comment ends with its line. */
const line = (/** @type {string | undefined} */ text) => (text ?? '').replaceAll(/\s+/g, ' ')

const PROGRAM = '(?:az|azd|kubectl|openssl|iconv|curl|chmod|printf|export|Connect-AzAccount)'
/** A sentence can go on behind its command: with another thing to do, and the address that explains it. */
const END = String.raw`(?=, and | \(https:|$)`
const COMMANDS = [
  String.raw`^(unset(?: [A-Z][A-Z0-9_]*)+)(?=:|$)`,
  String.raw`^(${PROGRAM} .+?)${END}`,
  String.raw`[Rr]un '(${PROGRAM} [^']+)'`,
  String.raw`: (${PROGRAM} .+?)${END}`,
].map((source) => new RegExp(source))

/**
 * The command that a next step, in one line, tells to run: in front, in quotation marks, or behind a colon.
 *
 * @param {string} step
 * @returns {string | undefined}
 */
export function commandIn(step) {
  if (/[\r\n\u2028\u2029]/.test(step)) return undefined
  const found = COMMANDS.map((pattern) => pattern.exec(step)).find(Boolean)
  return found?.[1].trim()
}
