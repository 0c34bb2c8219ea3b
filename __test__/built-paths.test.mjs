import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { build } from 'esbuild'

import { addonFile } from '../scripts/setup.mjs'
import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'
import { writeOtherOwner } from './support/other-owner.mjs'

const addon = addonFile()
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'entra-built-')))
after(() => rmSync(folder, { recursive: true, force: true }))
/** The bundle's path on the machine of its build; here another user has made files there. */
const built = join(folder, 'build/app.js')
const deployed = join(folder, 'app')
const owners = join(folder, 'owners.cjs')
const PATH_OF_BUILD = new RegExp(`^${join(folder, 'build')}(/|$)`)
const SOURCE = `
  const tell = () => {
    const { ownFiles } = require('azure-openai-entra/own-files')
    const { requirePeer } = require('azure-openai-entra/require-peer')
    const { getAzureOpenAIToken } = require('azure-openai-entra')
    const peer = requirePeer('@azure/identity') ?? 'none'
    getAzureOpenAIToken({ tenantId: '/' }).catch(({ code, message }) =>
      process.stdout.write(JSON.stringify({ peer, files: ownFiles(), code, message })),
    )
  }
  const { startupSnapshot } = require('node:v8')
  if (startupSnapshot.isBuildingSnapshot()) startupSnapshot.setDeserializeMainFunction(tell)
  else tell()`

before(() => {
  mkdirSync(join(folder, 'build/node_modules/@azure/identity'), { recursive: true })
  writeFileSync(join(folder, 'build/node_modules/@azure/identity/index.js'), "module.exports = 'PLANTED'")
  writeFileSync(built, '')
  writeFileSync(join(folder, 'build', addon), 'PLANTED')
  mkdirSync(deployed)
  writeOtherOwner(owners, PATH_OF_BUILD)
})

/**
 * Bundles {@link SOURCE}.
 *
 * @param {string} name
 * @param {import('esbuild').BuildOptions} [options]
 */
const bundled = async (name, options) => {
  const outfile = join(deployed, name)
  const alias = {
    'azure-openai-entra': root,
    'azure-openai-entra/own-files': join(root, 'lib/own-files.js'),
    'azure-openai-entra/require-peer': join(root, 'lib/require-peer.js'),
  }
  await build({
    stdin: { contents: SOURCE, resolveDir: root },
    outfile,
    alias,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    ...options,
  })
  return outfile
}

/**
 * What {@link SOURCE} tells, run by Node with these arguments.
 *
 * @param {string[]} args
 * @param {string} [preloaded] what tells the owners
 */
const told = async (args, preloaded = owners) => {
  const { stdout, stderr } = await run([process.execPath, '--require', preloaded, ...args], { cwd: deployed })
  assert.ok(stdout.startsWith('{'), stderr)
  return JSON.parse(stdout)
}

const defined = { __filename: JSON.stringify(built), __dirname: JSON.stringify(join(folder, 'build')) }
const requires =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/** A program that runs a bundle under a name, as loaders from memory do. @param {string} bundle @param {string} name @param {string} own */
const byName = (bundle, name, own = name) => `
  const { readFileSync } = require('node:fs')
  const code = require('node:module').wrap(readFileSync(${JSON.stringify(bundle)}, 'utf8'))
  const run = require('node:vm').runInThisContext(code, { filename: ${JSON.stringify(name)} })
  run(exports, require, module, ${JSON.stringify(own)}, __dirname)`

/** @type {Record<string, () => Promise<string[]>>} the arguments of Node */
const WAYS = {
  'a bundler writes it for the name of the file': async () => [await bundled('cjs.js', { define: defined })],
  'a bundler of ES modules writes it': async () => [
    await bundled('esm.mjs', { define: defined, format: 'esm', banner: { js: requires } }),
  ],
  'a loader gives the code that name': async () => {
    const file = join(deployed, 'loader.cjs')
    writeFileSync(file, byName(await bundled('plain.js'), built))
    return [file]
  },
  'a loader gives only the file that name': async () => {
    const file = join(deployed, 'wrapper.cjs')
    writeFileSync(file, byName(await bundled('plain.js'), 'evalmachine.<anonymous>', built))
    return [file]
  },
  'a loader gives the code that name, as of an ES module': async () => {
    const file = join(deployed, 'module.cjs')
    writeFileSync(file, byName(await bundled('plain.js'), pathToFileURL(built).href, 'none'))
    return [file]
  },
  'a loader gives the code that name, as of an ES module, in a text that is evaluated': async () => [
    '--eval',
    byName(await bundled('plain.js'), pathToFileURL(built).href, 'none'),
  ],
  'a loader in a worker gives the code that name, as of an ES module': async () => {
    const [worker, file] = ['worker.mjs', 'worker-main.cjs'].map((name) => join(deployed, name))
    const run = byName(await bundled('plain.js'), pathToFileURL(built).href, 'none')
    writeFileSync(worker, `${requires}const [exports, module, __dirname] = [{}, {}, '/'];${run}`)
    const told = "process.argv.includes('worker') || 'worker'"
    writeFileSync(
      file,
      `new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { argv: [${told}] })`,
    )
    return [file]
  },
  'a startup snapshot has it': async () => {
    const blob = join(deployed, 'app.blob')
    const code = readFileSync(await bundled('snapshot.js'), 'utf8')
    writeFileSync(built, code)
    // Without a channel to this process, which no snapshot can have.
    execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', built], { stdio: 'pipe' })
    writeFileSync(built, '')
    return ['--snapshot-blob', blob, 'main.js']
  },
}

const skip = process.platform === 'win32' && 'files have no owner that Node knows'

describe('a path of the build that is another user’s on the machine that runs the bundle', { skip }, () => {
  const absent = join(folder, 'absent.cjs')
  before(() => writeOtherOwner(absent, PATH_OF_BUILD, undefined, ['lstatSync']))

  for (const [way, argsOf] of Object.entries(WAYS))
    for (const [state, preloaded] of [
      ['', owners],
      [' that moves away when it is judged', absent],
    ])
      test(`${way}${state}: nothing is loaded from there`, async () => {
        const { peer, files, code, message } = await told(await argsOf(), preloaded)
        assert.equal(peer, 'none')
        assert.deepEqual(
          files.filter((/** @type {string} */ file) => PATH_OF_BUILD.test(file)),
          [],
        )
        assert.equal(code, 'ENTRA_ID_UNAVAILABLE', message)
        assert.doesNotMatch(message, /cannot be loaded/)
      })

  test('a loader that gives the code the name of its own file: the addon beside it is found', async () => {
    const bundle = await bundled('itself/own.js')
    const file = join(deployed, 'itself/main.cjs')
    writeFileSync(file, byName(bundle, bundle))
    cpSync(join(root, addon), join(deployed, 'itself', addon))
    const { files, code } = await told([file])
    assert.deepEqual([files, code], [[bundle], 'ENTRA_ID_CONFIGURATION'])
  })
  /** What a loader from memory runs, started by an ES module: no cache of Node's shows the bundle's file. @param {string} name */
  const fromMemory = async (name) => {
    const bundle = await bundled(`${name}/bundle.cjs`)
    const file = join(deployed, name, 'main.mjs')
    const { href } = pathToFileURL(bundle)
    writeFileSync(
      file,
      `import { readFileSync } from 'node:fs'
      import Module from 'node:module'
      const module = new Module(${JSON.stringify(bundle)})
      Object.assign(module, { filename: module.id, paths: Module._nodeModulePaths(${JSON.stringify(join(deployed, name))}) })
      module._compile(readFileSync(new URL(${JSON.stringify(href)}), 'utf8'), module.id)`,
    )
    return { bundle, file }
  }

  test('a loader in an app of another user: the addon beside the bundle is found', async () => {
    const { bundle, file } = await fromMemory('deployment')
    cpSync(join(root, addon), join(deployed, 'deployment', addon))
    const preloaded = join(folder, 'deployment.cjs')
    writeOtherOwner(preloaded, /app.deployment/)
    const { files, code } = await told([file], preloaded)
    assert.deepEqual([files, code], [[bundle], 'ENTRA_ID_CONFIGURATION'])
  })

  test('an ES module in an app of another user, in a worker or with the path that a launcher gives it: the addon beside it is found', async () => {
    const file = await bundled('launched/esm.mjs', { format: 'esm', banner: { js: requires } })
    cpSync(join(root, addon), join(deployed, 'launched', addon))
    const preloaded = join(folder, 'launched.cjs')
    writeOtherOwner(preloaded, /app.launched/)
    const launcher = join(deployed, 'launcher.cjs')
    const path = JSON.stringify(file)
    for (const code of [
      `process.argv[1] = ${path}; import(${JSON.stringify(pathToFileURL(file).href)})`,
      `new (require('node:worker_threads').Worker)(${path})`,
    ]) {
      writeFileSync(launcher, code)
      const { files, code: found } = await told([launcher], preloaded)
      assert.deepEqual([files, found], [[file], 'ENTRA_ID_CONFIGURATION'], code)
    }
  })

  test('a bundle that is in no file of its own: what others put above it is not loaded', async () => {
    const { file } = await fromMemory('shared/app')
    const [, platform] = addon.split('.')
    const planted = join(deployed, 'shared/node_modules', `azure-openai-entra-${platform}`)
    mkdirSync(planted, { recursive: true })
    writeFileSync(join(planted, 'index.js'), "console.log('PLANTED')")
    writeFileSync(join(planted, addon), 'PLANTED')
    chmodSync(join(deployed, 'shared'), 0o1777)
    const preloaded = join(folder, 'shared.cjs')
    const entry = join(deployed, 'entry.mjs')
    writeFileSync(entry, `await import(${JSON.stringify(pathToFileURL(file).href)})`)
    writeOtherOwner(preloaded, /app.shared/)
    const { code, message } = await told([entry], preloaded)
    assert.equal(code, 'ENTRA_ID_UNAVAILABLE')
    assert.doesNotMatch(message, /cannot be loaded/)
  })
})

describe("a bundle under Node's permission model, which may look at nothing above it", { skip }, () => {
  const [, platform] = addon.split('.')
  const platformPackage = `node_modules/azure-openai-entra-${platform}`
  const flag =
    Number(process.versions.node.split('.')[0]) >= 24 ? '--permission' : '--experimental-permission'
  /** @param {string} app @param {string} name @param {string} [addonIn] where the real addon is, beside what another user made above */
  const toldIn = async (app, name, addonIn) => {
    const options = name.endsWith('.mjs')
      ? /** @type {const} */ ({ format: 'esm', banner: { js: requires } })
      : name.startsWith('defined')
        ? { define: { __filename: JSON.stringify(join(deployed, app, name)) } }
        : {}
    const file = await bundled(`${app}/${name}`, options)
    const above = join(deployed, dirname(app))
    writePackage(join(above, platformPackage), 'PLANTED')
    chmodSync(above, 0o1777)
    if (addonIn !== undefined) writePackage(join(deployed, app, addonIn), readFileSync(join(root, addon)))
    // A run with captured logs preloads a module of the test kit.
    const readable = [join(deployed, app), join(root, 'testkit')].map((path) => `--allow-fs-read=${path}/*`)
    const flags = [flag, '--allow-addons', ...readable]
    const { stdout, stderr } = await run([process.execPath, ...flags, file], { cwd: deployed })
    assert.ok(stdout.startsWith('{'), stderr)
    return JSON.parse(stdout)
  }
  /** @param {string} place @param {string | Buffer} content */
  const writePackage = (place, content) => {
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), '{}')
    writeFileSync(join(place, addon), content)
  }

  for (const name of ['cjs.js', 'defined.js', 'esm.mjs']) {
    test(`${name}: nothing is loaded that it may not look at`, async () => {
      const { code, message } = await toldIn(`permission-none-${name}/app`, name)
      assert.equal(code, 'ENTRA_ID_UNAVAILABLE', message)
      assert.doesNotMatch(message, /cannot be loaded/)
    })
    for (const addonIn of ['.', platformPackage])
      test(`${name}: the addon in ${addonIn} is found`, async () => {
        const app = `permission-${addonIn.length}-${name}/app`
        const { code, message } = await toldIn(app, name, addonIn)
        assert.equal(code, 'ENTRA_ID_CONFIGURATION', message)
      })
  }
})
