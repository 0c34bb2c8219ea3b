import manifest from '../../package.json' with { type: 'json' }
import { UsageError, readArguments } from '../usage.mjs'
import { openCheckout } from './checkout.mjs'
import { patches } from './patches/index.mjs'
import { inspect } from './plan.mjs'

export const summary = "puts Entra ID into LibreChat's source"

export const help = `Puts Entra ID into the source of LibreChat, in every place that uses a key of Azure OpenAI.

Usage: npx azure-openai-entra librechat <path> [--check | --revert]

  <path>    a checkout of LibreChat, v0.8.0 or newer
  --check   only say what would change and what has
  --revert  take the change out again, to the byte

Only lines are added, and none does anything before AZURE_OPENAI_USE_ENTRA_ID=true. Where one cannot
be placed for sure, its file and line are named and no file is changed.

Exit code: 0 done, or with --check all is in place; 1 with --check something is not; 2 refused.
`

/** What the findings are called, and which of them are to be written. */
const MODES = {
  apply: { original: 'changed', changed: 'already changed', write: 'original' },
  check: { original: 'would change', changed: 'changed', write: undefined },
  revert: { original: 'already original', changed: 'original again', write: 'changed' },
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
  const findings = inspect(patches, checkout, `^${manifest.version}`)

  const { write, ...names } = MODES[mode]
  const changes = findings.flatMap((finding) => {
    if (finding.state !== write || !('after' in finding)) return []
    const { patch, before, after } = finding
    return [
      mode === 'apply'
        ? { path: patch.path, before, after }
        : { path: patch.path, before: after, after: before },
    ]
  })
  const left = checkout.write(changes)

  print(`LibreChat ${checkout.version} in ${checkout.root}\n\n`)
  for (const { patch, state } of findings) {
    const name = { ...OTHER_STATES, ...names }[state]
    print(`  ${name.padEnd(19)}  ${patch.path} (${patch.purpose})\n`)
  }
  print(closing(mode, findings, changes.length, folder))
  for (const path of left) print(`\n${path} is left over. Remove it.\n`)
  return mode === 'check' && findings.some(({ state }) => state === 'original') ? 1 : 0
}

/** @param {string[]} args */
function read(args) {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: { check: { type: 'boolean' }, revert: { type: 'boolean' } },
  })
  if (positionals.length !== 1) throw new UsageError('librechat needs one <path>, of a checkout of LibreChat')
  if (values.check && values.revert) throw new UsageError('--check and --revert do not go together')
  /** @type {keyof typeof MODES} */
  const mode = values.check ? 'check' : values.revert ? 'revert' : 'apply'
  return { folder: positionals[0], mode }
}

/**
 * @param {keyof typeof MODES} mode
 * @param {import('./plan.mjs').Finding[]} findings
 * @param {number} written
 * @param {string} folder
 */
function closing(mode, findings, written, folder) {
  const files = (/** @type {number} */ count) => `${count} ${count === 1 ? 'file' : 'files'}`
  if (mode === 'check') {
    const missing = findings.filter(({ state }) => state === 'original').length
    return missing === 0 ? '\nAll is in place.\n' : `\n${files(missing)} would change.\n`
  }
  if (mode === 'revert') {
    return `\n${files(written)} restored. Run \`npm install\` in LibreChat, and build it again.\n`
  }
  if (written === 0) return '\nAll was in place already.\n'
  return `
${files(written)} changed. What is left to do, in LibreChat:

  npm install            brings the package and writes the lock file
  npm run frontend       builds LibreChat's packages
  AZURE_OPENAI_USE_ENTRA_ID=true in .env turns Entra ID on; until then everything is as before

To undo it: npx azure-openai-entra librechat ${folder} --revert
`
}
