/**
 * Tries the addon of every platform in every runtime that this machine can have for it.
 *
 *     node scripts/test-platforms.mjs [--markdown] [word…]     only what has these words in its name, such as musl
 *     node scripts/test-platforms.mjs --own                    the platform and the Node that this is run by, wherever
 *
 * What `npm run build:all` built is packed, installed as users get it, and then runs the smoke test and the core
 * JavaScript tests. `--markdown` writes the table into docs/platforms.md.
 */

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { addonOf, buildAll, buildableTargets } from './build-all.mjs'
import { RUNTIMES } from './platforms/runtimes.mjs'
import { writeSection } from './platforms/document.mjs'
import { addonFile } from './setup.mjs'
import { npm, root, run, runIfMain, StepFailed } from './support/run.mjs'

/** Those that use nothing but Node and the package. */
const CORE_TESTS = ['token', 'errors', 'bad-input', 'should-use-entra-id']
/** Those that start programs of their own as well. */
const TESTS_WITH_PROGRAMS = ['abort', 'workers', 'register/places']
/** Those that start Jest, whose native resolver npm installed for the C library of this project's own Node. */
const TESTS_WITH_JEST = ['environment']

const OWN = {
  platform: addonFile().split('.')[1],
  runtime: 'Node',
  prepare: async () => ({ command: [process.execPath] }),
  runsTests: true,
  startsItself: true,
}

/** @typedef {{ platform: string, runtime: string, result: string, passed: boolean }} Result */

/** @param {{ words: string[], own: boolean }} options @returns {Promise<Result[]>} */
async function testPlatforms({ words, own }) {
  if (own) return [{ ...OWN, ...(await attempt(OWN)) }]
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepFailed('Other worlds can be had on Linux x64 only; here, `npm test` tests this one')
  const wanted = RUNTIMES.filter(({ platform, runtime }) =>
    words.every((word) => `${platform} ${runtime}`.toLowerCase().includes(word.toLowerCase())),
  )
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
    return {
      runtime: one.runtime.replace(/^(\w+)( \d+)?/, `$1 ${version}`),
      result: `passed: ${ran}`,
      passed: true,
    }
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    return { result: `failed: ${error.message}`, passed: false }
  }
}

/** @param {import('./platforms/runtimes.mjs').Runtime} one */
async function testOne({ platform, runtime, prepare, runsTests, startsItself }) {
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
  if (!runsTests) return { version }
  let tests = 0
  const names = [
    ...CORE_TESTS,
    ...(startsItself ? TESTS_WITH_PROGRAMS : []),
    ...(startsItself && !platform.endsWith('-musl') ? TESTS_WITH_JEST : []),
  ]
  for (const name of names) {
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
  if (!existsSync(addonOf(target))) await buildAll([platform])
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
  cpSync(join(root, 'npm', name, 'package.json'), join(own, 'package.json'))
  cpSync(addonOf(target), join(own, `azure-openai-entra.${name}.node`))
  for (const path of ['__test__', 'examples/demo'])
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      filter: (file) => !file.includes('node_modules'),
    })
  return folder
}

/** npm prints warnings before its JSON. @param {string} output */
function jsonIn(output) {
  return output.slice(output.indexOf('['), output.lastIndexOf(']') + 1)
}

/** @param {Result[]} results */
function table(results) {
  const rows = results.map(({ platform, runtime, result }) => `| ${platform} | ${runtime} | ${result} |`)
  return ['| platform | runtime | result |', '| --- | --- | --- |', ...rows].join('\n')
}

await runIfMain(import.meta.url, async () => {
  const { values, positionals: words } = parseArgs({
    options: { markdown: { type: 'boolean' }, own: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const results = await testPlatforms({ words, own: values.own })
  process.stdout.write(`${table(results)}\n`)
  if (values.markdown) await writeSection('docs/platforms.md', 'runtimes', table(results))
  if (!results.every(({ passed }) => passed)) throw new StepFailed('Not every platform passed')
})
