import manifest from '../../package.json' with { type: 'json' }
import { UsageError, readArguments } from '../usage.mjs'
import { openCheckout } from './checkout.mjs'
import { patches } from './patches/index.mjs'
import { inspect } from './plan.mjs'

export const summary = "puts Entra ID into LibreChat's source"

export const help = `Puts Entra ID into the source of LibreChat, in every place that uses a key of Azure OpenAI.

Usage: npx azure-openai-entra librechat <path> [--check | --revert | --update]

  <path>    a checkout of LibreChat, v0.8.0 or newer
  --check   only say what would change and what has
  --revert  take the change out again, to the byte
  --update  take out what is there of the change and put all in again: after a merge, or with a newer
            version of this package

Only lines are added, and none does anything before AZURE_OPENAI_USE_ENTRA_ID=true. Where one cannot
be placed for sure, its file and line are named and no file is changed.

Exit code: 0 done, or with --check all is in place; 1 with --check something is not; 2 refused.
`

/** @typedef {import('./plan.mjs').Mode} Mode */

/** What the findings are called: as LibreChat made the file, with the change, and with it in another form. */
const STATES = {
  apply: { original: 'changed', changed: 'already changed' },
  check: { original: 'would change', changed: 'changed' },
  revert: { original: 'already original', changed: 'original again' },
  update: { original: 'changed', changed: 'up to date', stale: 'changed anew' },
}
const OTHER_STATES = { absent: 'not in this version', kept: 'has its own entry' }

/**
 * @param {string[]} args
 * @param {(text: string) => void} print
 * @returns {number} the exit code
 */
export function run(args, print) {
  const { folder, mode } = read(args)
  const checkout = openCheckout(folder)
  const findings = inspect(patches, checkout, `^${manifest.version}`, mode)
  const changes = findings
    .filter(({ source, wanted }) => source !== wanted)
    .map(({ patch, source, wanted }) => ({ path: patch.path, before: source, after: wanted }))
  const left = mode === 'check' ? [] : checkout.write(changes)

  print(`LibreChat ${checkout.version} in ${checkout.root}\n\n`)
  for (const { patch, state, source, wanted } of findings) {
    const isStale = mode === 'update' && state === 'changed' && source !== wanted
    const name = { ...OTHER_STATES, ...STATES[mode], stale: STATES.update.stale }[isStale ? 'stale' : state]
    print(`  ${name.padEnd(19)}  ${patch.path} (${patch.purpose})\n`)
  }
  print(closing(mode, changes.length, folder))
  for (const path of left) print(`\n${path} is left over. Remove it.\n`)
  return mode === 'check' && changes.length > 0 ? 1 : 0
}

/** @param {string[]} args */
function read(args) {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: { check: { type: 'boolean' }, revert: { type: 'boolean' }, update: { type: 'boolean' } },
  })
  if (positionals.length !== 1) throw new UsageError('librechat needs one <path>, of a checkout of LibreChat')
  const modes = /** @type {const} */ (['check', 'revert', 'update']).filter((name) => values[name])
  if (modes.length > 1) throw new UsageError(`--${modes[0]} and --${modes[1]} do not go together`)
  /** @type {Mode} */
  const mode = modes[0] ?? 'apply'
  return { folder: positionals[0], mode }
}

/**
 * @param {Mode} mode
 * @param {number} count of the changes
 * @param {string} folder
 */
function closing(mode, count, folder) {
  const files = (/** @type {number} */ count) => `${count} ${count === 1 ? 'file' : 'files'}`
  if (mode === 'check') {
    return count === 0 ? '\nAll is in place.\n' : `\n${files(count)} would change.\n`
  }
  if (mode === 'revert') {
    return `\n${files(count)} restored. Run \`npm install\` in LibreChat, and build it again.\n`
  }
  if (count === 0) return '\nAll was in place already.\n'
  return `
${files(count)} changed. What is left to do, in LibreChat:

  npm install            brings the package and writes the lock file
  npm run frontend       builds LibreChat's packages
  AZURE_OPENAI_USE_ENTRA_ID=true in .env turns Entra ID on; until then everything is as before

To undo it: npx azure-openai-entra librechat ${folder} --revert
`
}
