import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { TOOL } from './support/doctor.mjs'
import { writeOtherOwner } from './support/other-owner.mjs'
import { run } from '../testkit/process.mjs'
import { LANGUAGE, sourcesOfNode } from './support/code.mjs'
import { programPath } from './support/programs.mjs'
import { secret } from '../testkit/secrets.mjs'

const PACKAGE = fileURLToPath(new URL('../', import.meta.url))

/** Every package that the JavaScript of this package names, and what an app around it has. */
const NAMES = [
  ...new Set(
    readdirSync(join(PACKAGE, 'lib'), { recursive: true })
      .filter((file) => String(file).endsWith('.js'))
      .flatMap((file) => [
        ...readFileSync(join(PACKAGE, 'lib', String(file)), 'utf8').matchAll(
          /'(@[\w-]+\/[\w-]+|azure-openai-entra-[\w-]+)'/g,
        ),
      ])
      .map(([, name]) => name),
  ),
  'azure-openai-entra',
  'undici',
  'openai',
  'dotenv',
  'yocto-spinner',
  'cli-table3',
  'wrap-ansi',
]

/** What an app does that can come to a package of its own. */
const APP = `
async function app({ getAzureOpenAIToken, openTelemetryMetrics, InteractiveBrowserCredential }) {
  new InteractiveBrowserCredential({})
  for (const name of ['VisualStudioCodeCredential', 'BrokerCredential']) {
    process.env.AZURE_TOKEN_CREDENTIALS = name
    console.log(await getAzureOpenAIToken().catch(({ code }) => code))
  }
  try {
    openTelemetryMetrics()
  } catch ({ code }) {
    console.log(code)
  }
}
`
const WORKER = "const { Worker } = require('node:worker_threads')\n"

/** The files that an app can be started by, which run {@link APP}. */
const STARTS = {
  'main.cjs': `${APP}app(require(${JSON.stringify(PACKAGE)}))`,
  'main.mjs': `${APP}app(await import(${JSON.stringify(pathToFileURL(join(PACKAGE, 'index.mjs')).href)}))`,
  'worker.cjs': `${WORKER}new Worker(require('node:path').join(__dirname, 'main.cjs'))`,
}

const isWindows = process.platform === 'win32' && 'files have no owner that Node knows'

const NONE = ['ENTRA_ID_UNAVAILABLE', 'ENTRA_ID_UNAVAILABLE', 'ENTRA_ID_CONFIGURATION']
const OWN = ['app-token', 'app-token', 'app-meter']

/** @param {string[]} names @returns {string[][]} those with a name in them */
const subsetsOf = (names) =>
  names.flatMap((name, at) => [[name], ...subsetsOf(names.slice(at + 1)).map((others) => [name, ...others])])

/** @type {string} */
let root
/** @type {string} */
let app
/** @type {string} */
let elsewhere
/** @type {string} */
let marker

/**
 * Puts `code` where Node finds it for the package `name`.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string} code
 */
const install = (folder, name, code) => {
  const target = join(folder, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
  writeFileSync(join(target, 'index.js'), code)
  writeFileSync(join(target, 'register.js'), code)
}

before(() => {
  root = mkdtempSync(join(tmpdir(), 'entra-working-directory-'))
  app = join(root, 'app')
  elsewhere = join(root, 'planted/deep')
  marker = join(root, 'marker')
  for (const folder of [elsewhere, dirname(elsewhere)]) {
    for (const name of NAMES) {
      const trace = JSON.stringify(`${name} of ${folder}\n`)
      install(folder, name, `require('node:fs').appendFileSync(${JSON.stringify(marker)}, ${trace})`)
    }
    for (const file of ['index.js', 'index.mjs', '.env']) writeFileSync(join(folder, file), 'throw 0')
  }
  const credential = `class {
    getToken = async () => ({ token: 'app-token', expiresOnTimestamp: Date.now() + 3_600_000 })
  }`
  install(
    app,
    '@azure/identity',
    `const Own = ${credential}
     Object.assign(exports, { useIdentityPlugin() {}, VisualStudioCodeCredential: Own, InteractiveBrowserCredential: Own })`,
  )
  install(
    app,
    '@opentelemetry/api',
    `const instrument = () => ({})
     exports.metrics = {
       getMeter() {
         console.log('app-meter')
         return {
           createObservableCounter: instrument, createObservableGauge: instrument, addBatchObservableCallback() {},
           removeBatchObservableCallback() {},
         }
       },
     }`,
  )
  for (const [file, code] of Object.entries(STARTS)) {
    for (const folder of [app, join(root, 'bare')]) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, file), code)
    }
  }
})
after(() => rmSync(root, { recursive: true, force: true }))

/**
 * Runs Node in the folder where packages are planted.
 *
 * @param {string[]} args
 * @param {Record<string, string>} [variables]
 */
const node = async (args, variables = {}) => {
  const ended = await run([process.execPath, ...args], {
    cwd: elsewhere,
    variables: { PATH: '/nowhere', AZURE_TOKEN_CREDENTIALS: 'VisualStudioCodeCredential', ...variables },
  })
  assert.equal(
    existsSync(marker) ? readFileSync(marker, 'utf8') : '',
    '',
    'code of the working directory ran',
  )
  return { ...ended, lines: ended.stdout.trim().split('\n') }
}

describe('packages planted in the working directory and above it', () => {
  for (const file of Object.keys(STARTS)) {
    test(`do not run, and those of the app do: ${file}`, async () => {
      const { lines, stderr } = await node([join(app, file)])
      assert.deepEqual({ lines, stderr }, { lines: OWN, stderr: '' })
    })

    test(`do not run for an app without its own: ${file}`, async () => {
      const { lines } = await node([join(root, 'bare', file)])
      assert.deepEqual(lines, NONE)
    })
  }

  test('do not run if Node evaluates a text, whatever its arguments say', async () => {
    const arguments_ = ['.', './index.js', 'index.js', join(elsewhere, 'index.js'), elsewhere]
    const code = STARTS['main.cjs']
    for (const options of [['--eval', code], [`--eval=${code}`], ['-e', code], ['-pe', `${code};`]]) {
      for (const argument of arguments_) {
        const { lines } = await node([...options, argument])
        assert.deepEqual(
          lines.filter((line) => !line.startsWith('Promise')),
          NONE,
        )
      }
    }
    const preloaded = await node(['--require', join(root, 'bare/main.cjs'), '--eval', '0', arguments_[3]])
    assert.deepEqual(preloaded.lines, NONE)
    const module = await node(['--input-type=module', '--eval', STARTS['main.mjs'], arguments_[3]])
    assert.deepEqual(module.lines, NONE)
    const emptied = await node(['--eval', `process.execArgv.length = 0\n${code}`, arguments_[3]])
    assert.deepEqual(emptied.lines, NONE)
  })

  test('do not run for the name that Bun, Deno or ts-node give a text which they evaluate', async () => {
    const file = join(root, 'named.cjs')
    for (const name of ['[eval]', '[stdin]', '[eval].ts', '<repl>.ts', '$deno$eval.mts', 'never made.js']) {
      const path = join(elsewhere, name)
      const set = JSON.stringify(path)
      for (const [isThere, main] of [
        [false, set],
        [true, set],
        [true, 'undefined'],
      ]) {
        if (name.startsWith('never') && (isThere || main !== set)) continue
        rmSync(path, { force: true })
        if (isThere) writeFileSync(path, '')
        const named = `process.mainModule = ${main} && { filename: ${main}, paths: [] }; process.argv[1] = ${set};`
        writeFileSync(file, `${named}require(${JSON.stringify(join(root, 'bare/main.cjs'))})`)
        const { lines, stderr } = await node([file])
        assert.deepEqual(lines, NONE, `${name}: ${stderr}`)
      }
      rmSync(path, { force: true })
    }
  })

  test('do not run if the first argument is data: of a worker, with a snapshot, and if Node only reads it', async () => {
    const file = join(elsewhere, 'index.js')
    const preloaded = ['--require', join(root, 'bare/main.cjs')]
    const address = JSON.stringify(`data:text/javascript,${encodeURIComponent(STARTS['main.mjs'])}`)
    const argv = JSON.stringify([file])
    const worker = `${WORKER}new Worker(new URL(${address}), { argv: ${argv} })`
    writeFileSync(join(root, 'data-worker.cjs'), worker)
    const blob = join(root, 'snapshot.blob')
    const main = `require('node:v8').startupSnapshot.setDeserializeMainFunction(() =>
      require('node:module').createRequire(${JSON.stringify(join(root, 'bare/main.cjs'))})('./main.cjs'))`
    writeFileSync(join(root, 'snapshot.cjs'), main)
    // Without a channel to this process, of which Node takes no snapshot.
    execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', join(root, 'snapshot.cjs')])
    for (const args of [
      [join(root, 'data-worker.cjs')],
      ['--snapshot-blob', blob, file],
      [`--snapshot_blob=${blob}`, file],
      [...preloaded, '--check', file],
      [...preloaded, '-c', file],
      [...preloaded, '--test', elsewhere],
      [...preloaded, '--prof-process', file],
    ]) {
      const { lines, stderr } = await node(args)
      const said = lines.filter((line) => line.startsWith('ENTRA_ID_'))
      assert.deepEqual(said, NONE, `${args}: ${stderr}`)
    }
    const { lines, stderr } = await node([file], { NODE_OPTIONS: `--snapshot-blob=${blob}` })
    assert.deepEqual(lines, NONE, stderr)
  })

  test('do not run if NODE_PATH has the working directory', async () => {
    symlinkSync(join(elsewhere, 'node_modules'), join(elsewhere, 'linked'))
    for (const path of ['node_modules', './node_modules', '../node_modules', `linked${delimiter}/nowhere`]) {
      const { lines, stderr } = await node([join(root, 'bare/main.cjs')], { NODE_PATH: path })
      assert.deepEqual(lines, NONE, `${path}: ${stderr}`)
    }
    const { lines } = await node([join(app, 'main.cjs')], { NODE_PATH: 'node_modules' })
    assert.deepEqual(lines, OWN)
  })

  test('do not run if NODE_PATH has the working directory, in which a file has the name', async () => {
    const folder = join(elsewhere, 'files/@azure')
    mkdirSync(folder, { recursive: true })
    for (const name of ['identity', 'identity-real', 'identity-vscode', 'logger', 'core-rest-pipeline']) {
      for (const suffix of ['.js', '.json', '.node', ''])
        writeFileSync(join(folder, `${name}${suffix}`), `console.log('planted ${name}${suffix}')`)
    }
    for (const path of ['files', './files', `files/../files${delimiter}/nowhere`]) {
      const { lines, stderr } = await node([join(root, 'bare/main.cjs')], { NODE_PATH: path })
      assert.deepEqual(lines, NONE, `${path}: ${stderr}`)
    }
  })

  test('do not run in place of an addon that is not installed', async () => {
    const folder = join(root, 'without-addon/node_modules/azure-openai-entra')
    for (const part of ['index.js', 'package.json', 'lib'])
      cpSync(join(PACKAGE, part), join(folder, part), { recursive: true })
    const code = `require(${JSON.stringify(folder)}).getAzureOpenAIToken().catch(({ code }) => console.log(code))`
    for (const path of ['node_modules', './node_modules', `../node_modules${delimiter}/nowhere`]) {
      const { lines, stderr } = await node(['--eval', code], { NODE_PATH: path })
      assert.deepEqual(lines, ['ENTRA_ID_UNAVAILABLE'], `${path}: ${stderr}`)
    }
  })

  test('do not run if another user made them in a folder in which all may', { skip: isWindows }, async () => {
    const open = join(root, 'open')
    const deployed = join(open, 'deploy/node_modules/azure-openai-entra')
    for (const part of ['index.js', 'package.json', 'lib'])
      cpSync(join(PACKAGE, part), join(deployed, part), { recursive: true })
    cpSync(join(root, 'bare/main.cjs'), join(open, 'deploy/main.cjs'))
    const trace = `require('node:fs').appendFileSync(${JSON.stringify(marker)}, 'ran')`
    for (const name of NAMES) install(open, name, trace)
    symlinkSync('node_modules', join(open, '.node_modules'))
    chmodSync(open, 0o1777)
    const owners = join(root, 'owners.cjs')
    // Node begins with the name in the package.json above a file.
    const self = join(root, 'open-self')
    cpSync(join(root, 'bare/main.cjs'), join(self, 'main.cjs'))
    writeFileSync(join(self, 'foreign.js'), trace)
    writeFileSync(
      join(self, 'package.json'),
      JSON.stringify({ name: '@azure/identity', exports: './foreign.js' }),
    )
    chmodSync(self, 0o1777)
    const withoutAddon = `require(${JSON.stringify(deployed)}).getAzureOpenAIToken().catch(({ message }) => console.log(message.split(' for ')[0]))`
    writeFileSync(join(open, 'deploy/without-addon.cjs'), withoutAddon)
    const addons = NAMES.filter((name) => name.startsWith('azure-openai-entra-'))
    for (const name of addons) {
      const file = `${name.replace('azure-openai-entra-', 'azure-openai-entra.')}.node`
      writeFileSync(join(open, 'node_modules', name, file), 'no library')
    }
    const looks = [[], ...subsetsOf(['existsSync', 'lstatSync', 'statSync'])]
    /** @type {[args: string[], variables: Record<string, string>, lines: string[]][]} */
    const ways = [
      [[join(open, 'deploy/main.cjs')], {}, NONE],
      [[join(self, 'main.cjs')], {}, NONE],
      [[join(root, 'bare/main.cjs')], { HOME: open }, NONE],
      [[join(root, 'bare/main.cjs')], { NODE_PATH: join(open, 'node_modules') }, NONE],
      [[join(open, 'deploy/without-addon.cjs')], {}, ['azure-openai-entra has no addon']],
    ]
    for (const [args, variables, expected] of ways) {
      for (const absentFor of looks) {
        writeOtherOwner(owners, /open(-self)?.(\.?node_modules|package|foreign)/, undefined, absentFor)
        const { lines, stderr } = await node(['--require', owners, ...args], variables)
        assert.deepEqual(lines, expected, `${args} ${absentFor}: ${stderr}`)
      }
      // The packages of this process's own user are the app's.
      const { stdout } = await run([process.execPath, ...args], {
        variables: { PATH: '/nowhere', AZURE_TOKEN_CREDENTIALS: 'dev', ...variables },
      })
      assert.ok(existsSync(marker) || stdout.includes('cannot be loaded'), args[0])
      rmSync(marker, { force: true })
    }
  })

  test('do not run if Object.prototype has what Node reads when it looks for a package', async () => {
    const names = Object.entries(sourcesOfNode()).flatMap(([file, text]) =>
      /^internal\/modules\/(?:cjs|helpers|package_json|run_main|esm\/resolve)/.test(file)
        ? [...String(text).matchAll(/\.([a-z_]\w*)|\{([\w\s,:]+)\} =/gi)].flatMap(
            ([, name, pattern = '']) => [name, ...pattern.split(/[\s,:]+/)],
          )
        : [],
    )
    const planted = [...new Set(names)].filter((name) => name && !(name in {}) && !LANGUAGE.has(name))
    for (const name of ['mainModule', 'paths', 'filename', 'data']) assert.ok(planted.includes(name), name)
    // Without a package.json above it, Node reads other names.
    const lone = join(root, 'lone.mjs')
    cpSync(programPath('planted-for-node.mjs'), lone)
    const nowhere = join(elsewhere, 'undefined')
    mkdirSync(nowhere, { recursive: true })
    writeFileSync(
      join(nowhere, 'index.js'),
      `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`,
    )
    for (const main of [programPath('planted-for-node.mjs'), lone]) {
      const args = [planted, elsewhere, join(PACKAGE, 'lib/require-peer.js')]
      const { lines, stderr } = await node([main, ...args.map((arg) => JSON.stringify(arg))])
      assert.deepEqual(lines, ['done'], stderr)
    }
  })

  test('do not run through register', async () => {
    const { lines, stderr } = await node(['--require', join(PACKAGE, 'register.js'), join(app, 'main.cjs')], {
      AZURE_OPENAI_USE_ENTRA_ID: 'true',
      AZURE_OPENAI_ENTRA_PLACEHOLDER: secret('placeholder'),
    })
    assert.deepEqual({ lines, stderr }, { lines: OWN, stderr: '' })
  })

  for (const command of ['doctor', 'health']) {
    test(`do not run through the ${command} command`, async () => {
      const { code } = await node([join(PACKAGE, TOOL), command, '--json'])
      assert.equal(code, 1)
    })
  }

  test('do not run through the doctor, which asks the packages of --app', async () => {
    const { code, stdout } = await node([join(PACKAGE, TOOL), 'doctor', '--json', '--app', app])
    assert.equal(code, 0, stdout)
    assert.equal(JSON.parse(stdout).winner.credential, 'VisualStudioCodeCredential')
  })
})

test('the doctor refuses an --app that is no folder', async () => {
  const { code, stderr } = await node([join(PACKAGE, TOOL), 'doctor', '--app', join(root, 'nothing')])
  assert.equal(code, 2)
  assert.match(stderr, /--app .*nothing is not a folder/)
})
