import { statSync } from 'node:fs'
import { join } from 'node:path'

import { handedOver } from '#doctor-api'
import { shown } from '#shown'
import * as entra from 'azure-openai-entra'

import manifest from '../../package.json' with { type: 'json' }
import { UsageError, readArguments } from '../usage.mjs'
import { nameOf, usersIn } from './packages.mjs'
import { WHOLE } from './uses.mjs'

const SPEC = `npm:${manifest.name}@^${manifest.version}`

/**
 * @typedef {'served' | 'handed over' | 'unclear' | 'not served'} State
 * @typedef {{ name: string, version: string, state: State, uses: { name: string, state: State }[] }} Finding
 */

/** From best to worst. @type {State[]} */
const STATES = ['served', 'handed over', 'unclear', 'not served']

/**
 * @param {string[]} args
 * @param {(text: string) => void} print
 * @returns {number} the exit code
 */
export function run(args, print) {
  const { values, positionals } = readArguments({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  })
  if (positionals.length > 1) throw new UsageError('Name one folder.')
  const [folder = process.cwd()] = positionals
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${shown('path', folder)} is not a folder. Pass the folder of an app.`)
  const findings = usersIn(folder).map(judged)
  const installed = nameOf(join(folder, 'node_modules/@azure/identity'))
  const report = { installed: { name: installed.name, version: installed.version }, packages: findings }
  print(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : render(report))
  return findings.every(({ state }) => state === 'served') ? 0 : 1
}

/** @param {import('./packages.mjs').User} user @returns {Finding} */
function judged({ name, version, uses }) {
  const each = uses.map((use) => ({ name: use, state: stateOf(use) }))
  return { name, version, state: worst(each.map(({ state }) => state)), uses: each }
}

/** @param {string} use @returns {State} */
function stateOf(use) {
  if (use === WHOLE) return 'unclear'
  if (handedOver().includes(use)) return 'handed over'
  return Object.hasOwn(entra, use) ? 'served' : 'not served'
}

/** @param {State[]} states */
function worst(states) {
  return STATES[Math.max(...states.map((state) => STATES.indexOf(state)))]
}

/** @param {{ installed: { name?: string, version?: string }, packages: Finding[] }} report */
function render({ installed, packages }) {
  if (packages.length === 0) return 'Nothing in this folder uses @azure/identity.\n'
  const lines = packages.map(
    ({ name, version, state, uses }) =>
      `${state.padEnd(11)}  ${`${name} ${version}`.trim()}\n${' '.repeat(13)}${uses.map(({ name: use }) => use).join(', ')}`,
  )
  return `${[...lines, '', ...advice(installed, packages)].join('\n')}\n`
}

/** @param {{ name?: string, version?: string }} installed @param {Finding[]} packages */
function advice(installed, packages) {
  const having = (/** @type {State} */ state) =>
    packages.filter(({ uses }) => uses.some((use) => use.state === state))
  const namesOf = (/** @type {Finding[]} */ found) => found.map(({ name }) => name).join(', ')
  const [asked, whole, unserved] = [having('handed over'), having('unclear'), having('not served')]
  const isSwapped = installed.name === manifest.name
  return [
    ...(unserved.length > 0 ? [`Not served: ${namesOf(unserved)}. Keep Microsoft's package for them.`] : []),
    ...(whole.length > 0
      ? [`The text of ${namesOf(whole)} does not show which exports it takes. Try it.`]
      : []),
    ...(asked.length > 0
      ? [
          `${namesOf(asked)}: what asks a user is Microsoft's. If the app uses that, run ` +
            'npm install @azure/identity-real@npm:@azure/identity as well.',
        ]
      : []),
    isSwapped
      ? `@azure/identity is this package, version ${installed.version}.`
      : 'To swap, write this into package.json and install again:',
    ...(isSwapped
      ? []
      : [
          `  npm   "overrides": { "@azure/identity": "${SPEC}" }`,
          `  yarn  "resolutions": { "@azure/identity": "${SPEC}" }`,
          `  pnpm  "pnpm": { "overrides": { "@azure/identity": "${SPEC}" } }`,
        ]),
  ]
}
