/**
 * Tries the addon of every platform in every runtime that this machine can have for it.
 *
 *     node scripts/test-platforms.mjs [--markdown] [word…]     only runtimes with these words in their name, such as musl
 *     node scripts/test-platforms.mjs --own                    only this platform and this Node, on any machine
 *
 * What `npm run build:all` built is packed, installed as users get it, and then runs the smoke test and the core
 * JavaScript tests. `--markdown` writes the table into docs/platforms.md.
 */

import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { addonOf, buildAll, buildableTargets, packagedTargets } from './build-all.mjs'
import { RUNTIMES } from './platforms/runtimes.mjs'
import { EVERYTHING } from './platforms/tests.mjs'
import { CLIENTS, addonFile, clientFolder, install as installPackages, isBuilt } from './setup.mjs'
import { markdownTable } from './support/markdown-table.mjs'
import { npm, root, run, runIfMain, StepFailed } from './support/run.mjs'
import { writeSections } from './support/sections.mjs'

/** It starts Jest, whose native resolver npm installed for the machine that it ran on, in CI not for the Alpine there. */
const TEST_WITH_JEST = 'jest'
/** What the tests read besides themselves and the installed package. */
const READ_BY_TESTS = ['__test__', 'testkit', 'scripts/support', 'examples', 'docs/librechat.md']

/** Systems that no other system runs. */
const SYSTEMS = { darwin: 'macOS', win32: 'Windows' }

const OWN = {
  platform: addonFile().split('.')[1],
  runtime: 'Node',
  prepare: async () => ({ command: [process.execPath] }),
  tests: EVERYTHING,
}

/** @typedef {{ platform: string, runtime: string, result: string, passed: boolean }} Result */

/** @param {{ words: string[], own: boolean }} options @returns {Promise<Result[]>} */
async function testPlatforms({ words, own }) {
  if (own) return [{ ...OWN, ...(await attempt(OWN)) }]
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed('Only Linux x64 can run other platforms. Here, run `npm test`.')
  const wanted = RUNTIMES.filter(({ platform, runtime }) =>
    words.every((word) => `${platform} ${runtime}`.toLowerCase().includes(word.toLowerCase())),
  )
  if (wanted.length === 0) throw new StepFailed(`No platform and runtime is named so: ${words.join(' ')}`)
  /** @type {Result[]} */
  const results = []
  for (const one of wanted) results.push({ ...one, ...(await attempt(one)) })
  return results
}

/** @param {import('./platforms/runtimes.mjs').Runtime} one */
async function attempt(one) {
  try {
    const { version, tests } = await testOne(one)
    const ran = tests === undefined ? 'smoke' : `smoke and ${tests} tests`
    const leftOut = one.leftOut ? `, no more: ${one.leftOut}` : ''
    return {
      runtime: one.runtime.replace(/^(\w+)( \d+)?/, `$1 ${version}`),
      result: `passed: ${ran}${leftOut}`,
      passed: true,
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return { result: `failed: ${error.message}`, passed: false }
  }
}

/** @param {import('./platforms/runtimes.mjs').Runtime} one */
async function testOne({ platform, runtime, prepare, tests: names }) {
  const { command, env = process.env } = await prepare()
  const folder = await installed(platform)
  const label = `${platform}, ${runtime}`
  const told = await run(
    `${label}: version`,
    [...command.filter((word) => !/^(run|--allow-all)$/.test(word)), '--version'],
    { env },
  )
  const version = /\d+\.\d+\.\d+/.exec(told)?.[0] ?? told.trim()
  const options = { cwd: folder, env }
  const smoke = await run(`${label}: smoke`, [...command, '__test__/platforms/smoke.mjs'], options)
  if (!smoke.includes('smoke passed')) throw new StepFailed(`the smoke test of ${label} ended early`)
  if (names.length === 0) return { version }
  let tests = 0
  const hasJest = platform === OWN.platform && !platform.endsWith('-musl')
  for (const name of hasJest ? [...names, TEST_WITH_JEST] : names) {
    const output = await run(`${label}: ${name}`, [...command, `__test__/${name}.test.mjs`], options)
    tests += Number(/^(?:#|ℹ) pass (\d+)$/m.exec(output)?.[1] ?? 0)
  }
  if (tests === 0) throw new StepFailed(`${label} ran no test`)
  return { version, tests }
}

/** @type {Map<string, Promise<string>>} */
const folders = new Map()

/** A project below `target/` with the packed package and the platform's, and our tests. @param {string} platform */
function installed(platform) {
  const ready = folders.get(platform) ?? install(platform)
  folders.set(platform, ready)
  return ready
}

/** @param {string} platform */
async function install(platform) {
  const target = buildableTargets().find(({ platformArchABI }) => platformArchABI === platform)
  if (!target) throw new StepFailed(`${platform} is not built on this machine`)
  if (!isBuilt(addonOf(target))) await buildAll([platform])
  const folder = join(root, 'target/platforms', platform)
  const modules = join(folder, 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')

  const pack = [...npm(), 'pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [{ filename }] = JSON.parse(jsonIn(await run('packing the package', pack)))
  await run('unpacking it', ['tar', '--extract', '--file', filename], { cwd: folder })
  cpSync(join(folder, 'package'), join(modules, 'azure-openai-entra'), { recursive: true })
  // What is built for Windows on Linux stands in for what Windows builds.
  const name = platform === 'win32-x64-gnu' ? 'win32-x64-msvc' : platform
  const own = join(modules, `azure-openai-entra-${name}`)
  for (const file of ['package.json', 'index.js']) cpSync(join(root, 'npm', name, file), join(own, file))
  cpSync(addonOf(target), join(own, `azure-openai-entra.${name}.node`))
  for (const path of READ_BY_TESTS)
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      filter: (file) => !file.includes('node_modules'),
    })
  for (const name of CLIENTS) {
    await installPackages(`client packages (${name})`, clientFolder(name))
    const packages = join(folder, '__test__/clients', name, 'node_modules')
    rmSync(packages, { recursive: true, force: true })
    symlinkSync(join(clientFolder(name), 'node_modules'), packages, 'junction')
  }
  return folder
}

/** npm prints warnings before its JSON. @param {string} output */
function jsonIn(output) {
  return output.slice(output.indexOf('['), output.lastIndexOf(']') + 1)
}

/** The packages that nothing here can try, each with the reason. */
function untried() {
  return packagedTargets()
    .filter(({ platform }) => platform in SYSTEMS)
    .map(({ platformArchABI, platform }) => {
      const system = SYSTEMS[/** @type {keyof typeof SYSTEMS} */ (platform)]
      return {
        platform: platformArchABI,
        runtime: 'Node',
        result: `not run: it takes ${system}, as hosted runners have`,
      }
    })
}

/** @param {Omit<Result, 'passed'>[]} results */
function table(results) {
  const head = ['platform', 'runtime', 'result']
  return markdownTable(
    head,
    results.map(({ platform, runtime, result }) => [platform, runtime, result]),
  )
}

await runIfMain(import.meta.url, async () => {
  const { values, positionals: words } = parseArgs({
    options: { markdown: { type: 'boolean' }, own: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const isWhole = words.length === 0 && !values.own
  if (values.markdown && !isWhole)
    throw new StepFailed('--markdown writes the whole table: name no platform with it')
  const results = await testPlatforms({ words, own: values.own })
  const rows = table(isWhole ? [...results, ...untried()] : results)
  process.stdout.write(`${rows}\n`)
  if (values.markdown) await writeSections('docs/platforms.md', { runtimes: rows })
  if (!results.every(({ passed }) => passed)) throw new StepFailed('Not every platform passed')
})
