/**
 * Bundles the command-line tool with the libraries that it uses, for the package depends on nothing at run time:
 * `cli/` becomes `bin/azure-openai-entra.js`, beside it the libraries' licences.
 *
 *     node scripts/bundle.mjs
 */

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { StepFailed, root, runIfMain } from './support/run.mjs'

export const TOOL = 'bin/azure-openai-entra.js'
const LICENCES = 'bin/LICENSES.txt'

export async function bundle() {
  // The package is there only once setup has installed it, and setup imports this file.
  const { build } = await import('esbuild')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.mjs'],
    outfile: TOOL,
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    // The package that the tool lies in.
    external: ['azure-openai-entra', '#doctor-api', '#expected-audience', '#shown'],
    metafile: true,
    logLevel: 'silent',
  })
  const packages = new Set(Object.keys(metafile.inputs).flatMap(packageOf))
  mkdirSync(join(root, 'bin'), { recursive: true })
  writeFileSync(join(root, LICENCES), [...packages].toSorted().map(licenceOf).join('\n\n'))
}

/** @param {string} input a path below the repository */
function packageOf(input) {
  const [modules, ...names] = input.split('/')
  if (modules !== 'node_modules') return []
  return names.slice(0, names[0].startsWith('@') ? 2 : 1).join('/')
}

/** @param {string} name */
function licenceOf(name) {
  const folder = join(root, 'node_modules', name)
  const file = readdirSync(folder).find((entry) => entry.toUpperCase().startsWith('LICENSE'))
  if (file === undefined)
    throw new StepFailed(`${name} is bundled, and its licence is not to be found in ${folder}.`)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}

await runIfMain(import.meta.url, bundle)
