import manifest from '../../package.json' with { type: 'json' }
import { inLine, printable } from '../foreign-text.mjs'
import { pathInCommand } from '../forms.mjs'
import { UsageError, readArguments } from '../usage.mjs'
import { openCheckout } from './checkout.mjs'
import { patches } from './patches/index.mjs'
import { tests as specs } from './patches/tests.mjs'
import { takeOutPullRequests } from './migrate.mjs'
import { inspect } from './plan.mjs'

export const summary = "adds Entra ID to LibreChat's source"

export const help = `Adds Entra ID to LibreChat's source, in every place that uses an API key of Azure OpenAI.

Usage: npx azure-openai-entra librechat <path> [--check | --revert | --update | --migrate] [--with-tests]

  <path>     the folder of a LibreChat checkout, v0.8.0 or newer
  --check    lists what would change, and changes nothing
  --revert   removes the change, to the byte
  --update   removes what is there of the change, then adds all of it: after a merge, or with a newer
             version of this package
  --migrate  removes the Entra ID code of LibreChat's pull requests 9640 and 11041, then adds the
             change. Commit first, because --revert does not restore that code.
  --with-tests
             also adds tests in LibreChat's style and lines of .env.example, for a pull request

The change only adds lines, and they do nothing until AZURE_OPENAI_USE_ENTRA_ID=true is set. If a
line has no certain place, this tool names the file and the line, and changes no file.

Exit code: 0 done, or with --check: complete; 1 with --check: would change files; 2 refused;
4 done, but the output could not be written.
`

/** @typedef {import('./plan.mjs').Mode | 'migrate'} Mode */

/** How a finding is shown: as LibreChat made the file, with the change, and with the change in another form. */
/** @type {Record<Mode, { original: string, changed: string, stale?: string }>} */
const STATES = {
  migrate: { original: 'changed', changed: 'changed' },
  apply: { original: 'changed', changed: 'already changed' },
  check: { original: 'would change', changed: 'changed' },
  revert: { original: 'already original', changed: 'original again' },
  update: { original: 'changed', changed: 'up to date', stale: 'changed again' },
}
/** @type {ReturnType<typeof takeOutPullRequests>} */
const NOTHING_TAKEN_OUT = { files: new Map(), tests: [] }
const OTHER_STATES = { absent: 'not in this version', kept: 'has its own entry' }

/**
 * @param {string[]} args
 * @param {(text: string) => void} print
 * @returns {number} the exit code
 */
export function run(args, print) {
  const { folder, mode, withTests } = read(args)
  const checkout = openCheckout(folder)
  const { files, tests } = mode === 'migrate' ? takeOutPullRequests(checkout) : NOTHING_TAKEN_OUT
  const { has, read: readFile } = checkout
  const migrated = {
    has: (/** @type {string} */ path) => (files.has(path) ? files.get(path) !== undefined : has(path)),
    read: (/** @type {string} */ path) => (files.has(path) ? files.get(path) : readFile(path)),
  }
  const wantsTests = withTests || specs.some((spec) => 'content' in spec && has(spec.path))
  const wantedPatches = wantsTests ? [...patches, ...specs] : patches
  const findings = inspect(
    wantedPatches,
    migrated,
    `^${manifest.version}`,
    mode === 'migrate' ? 'update' : mode,
  )
  const wanted = new Map([...files, ...findings.flatMap(wantedBy)])
  const changes = [...wanted]
    .map(([path, after]) => ({ path, before: readFile(path), after }))
    .filter(({ before, after }) => before !== after)
  const left = mode === 'check' ? [] : checkout.write(changes)

  print(`LibreChat ${printable(checkout.version)} in ${inLine(checkout.root)}\n\n`)
  for (const path of files.keys()) {
    if (!findings.some(({ patch }) => patch.path === path))
      print(`  ${'code taken out'.padEnd(19)}  ${inLine(path)}\n`)
  }
  for (const finding of findings) {
    const { patch, state, source } = finding
    const isStale = state === 'changed' && finding.wanted !== source
    const names = { ...OTHER_STATES, ...STATES[mode] }
    const name = (isStale && STATES[mode].stale) || names[state]
    print(`  ${name.padEnd(19)}  ${patch.path} (${patch.purpose})\n`)
  }
  if (tests.length > 0) print(`\nTests of the code that was taken out. Delete or change them:\n\n`)
  for (const path of tests) print(`  ${inLine(path)}\n`)
  print(closing(mode, changes.length, folder))
  for (const path of left)
    print(`\n${inLine(path)} is a temporary file that could not be removed. Remove it.\n`)
  return mode === 'check' && changes.length > 0 ? 1 : 0
}

/**
 * @param {import('./plan.mjs').Finding} finding
 * @returns {[path: string, text: string | undefined][]}
 */
function wantedBy({ patch, state, wanted }) {
  return state === 'absent' || state === 'kept' ? [] : [[patch.path, wanted]]
}

/** @param {string[]} args */
function read(args) {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: {
      check: { type: 'boolean' },
      revert: { type: 'boolean' },
      update: { type: 'boolean' },
      migrate: { type: 'boolean' },
      'with-tests': { type: 'boolean' },
    },
  })
  if (positionals.length !== 1)
    throw new UsageError('librechat needs one <path>. Pass the folder of a LibreChat checkout.')
  const modes = /** @type {const} */ (['check', 'revert', 'update', 'migrate']).filter((name) => values[name])
  if (modes.length > 1)
    throw new UsageError(`--${modes[0]} and --${modes[1]} exclude each other. Pass only one.`)
  /** @type {Mode} */
  const mode = modes[0] ?? 'apply'
  const withTests = values['with-tests'] ?? false
  if (withTests && mode === 'revert')
    throw new UsageError('--revert and --with-tests exclude each other. --revert removes the tests too.')
  return { folder: positionals[0], mode, withTests }
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
${files(count)} changed. Next steps, in LibreChat:

  npm install            installs the package and writes the lock file
  npm run frontend       builds LibreChat's packages
  AZURE_OPENAI_USE_ENTRA_ID=true in .env turns Entra ID on; until then nothing else changes

To undo it: npx azure-openai-entra librechat ${pathInCommand(folder)} --revert
`
}
