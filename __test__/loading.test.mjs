import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { build } from 'esbuild'

import { addonFile } from '../scripts/setup.mjs'
import { root } from '../scripts/support/run.mjs'
import { close, listen } from '../testkit/listen.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { onSource } from './support/fixture.mjs'
import { programPath } from './support/programs.mjs'

const addon = addonFile()
const [, platform] = addon.split('.')

/** The modules that an app's spec may mock, and the addon. */
const NOT_LOADED = /^(?:node:)?(?:fs|path)(?:\/|$)|\.node$|^azure-openai-entra-/

describe('nothing native is loaded, and no file is touched', () => {
  for (const name of ['index.js', 'index.mjs', 'register.js']) {
    test(`by ${name}, nor by an app that leaves Entra ID off`, async () => {
      const variables = { AZURE_OPENAI_USE_ENTRA_ID: undefined }
      const command = [process.execPath, programPath('loading.cjs'), join(root, name)]
      const { stdout, stderr } = await run(command, { variables })
      assert.equal(stderr, '')
      const steps = JSON.parse(stdout)
      assert.ok(steps.atLoad.loaded.length > 0)
      for (const { loaded, called } of Object.values(steps)) {
        assert.deepEqual(
          loaded.filter((/** @type {string} */ request) => NOT_LOADED.test(request)),
          [],
        )
        assert.deepEqual(called, [])
      }
    })
  }
})

test("a first token needs none of Node's modules of streams, threads or networks, and no package of the app", () =>
  onSource({ start: startIdentity }, async ({ environment }) => {
    const { stdout, stderr } = await run([process.execPath, programPath('first-token.cjs')], {
      // Each of these loads more, as an app may ask for.
      variables: { ...environment, ENTRA_TEST_LOG_DIR: '', NODE_OPTIONS: '', DEBUG_OPENAI: undefined },
    })
    assert.equal(stderr, '')
    /** @type {{ ofNode: string[], files: string[] }} */
    const { ofNode, files } = JSON.parse(stdout)
    assert.ok(files.some((file) => file.endsWith('core-bridge.js')))
    assert.deepEqual(
      ofNode.filter((name) =>
        /^(?:internal\/)?(?:streams?|worker|worker_threads|net|http|https)\b/.test(name),
      ),
      [],
    )
    assert.deepEqual(
      files.filter((file) => file.endsWith('require-peer.js')),
      [],
    )
  }))

describe('without an addon', () => {
  const app = mkdtempSync(join(tmpdir(), 'entra-no-addon-'))
  /** @type {unknown[]} */
  const keys = []
  /** @type {number} */
  let port
  const server = createServer(({ headers }, response) => {
    keys.push(headers['api-key'])
    response.end()
  })
  before(async () => {
    installPackage(app)
    cpSync(programPath('keyed-app.cjs'), join(app, 'app.cjs'))
    port = await listen(server)
  })
  after(async () => {
    await close(server)
    rmSync(app, { recursive: true, force: true })
  })

  /** @param {string} url @param {Record<string, string | undefined>} variables */
  const outcome = async (url, variables) => {
    const { code, stdout, stderr } = await run([process.execPath, join(app, 'app.cjs'), url], { variables })
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }

  test('an app with Entra ID off starts, sends its key and is well', async () => {
    const key = secret('key')
    const url = `http://127.0.0.1:${port}/`
    const variables = { AZURE_OPENAI_USE_ENTRA_ID: undefined, AZURE_API_KEY: key }
    const expected = { sent: '200 null', health: 'idle', fetches: 0, hasMetrics: true }
    assert.deepEqual(await outcome(url, variables), expected)
    assert.deepEqual(keys.splice(0), [key])
  })

  test('with Entra ID on, the calls that need a token fail with a code', async () => {
    const variables = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }
    const code = 'ENTRA_ID_UNAVAILABLE'
    assert.deepEqual(await outcome('https://resource.openai.azure.com/', variables), {
      sent: `401 ${code}`,
      health: 'failing',
      fetches: 0,
      hasMetrics: false,
      getAzureOpenAIToken: code,
      provider: code,
      getToken: code,
      again: 'failing',
    })
  })

  test('a call after the addon has been installed loads it', async () => {
    const code = `
      const { copyFileSync, rmSync } = require('node:fs')
      const { getAzureOpenAIToken } = require('azure-openai-entra')
      const codeOf = () => getAzureOpenAIToken({ tenantId: '/' }).catch(({ code }) => code)
      const [, from, to] = process.argv
      codeOf().then(async (first) => {
        copyFileSync(from, to)
        process.stdout.write(first + ' ' + (await codeOf()))
      })`
    const to = join(app, 'node_modules/azure-openai-entra', addon)
    const { stdout, stderr } = await run([process.execPath, '-e', code, join(root, addon), to], { cwd: app })
    rmSync(to)
    // The core refuses that tenant.
    assert.equal(stdout, 'ENTRA_ID_UNAVAILABLE ENTRA_ID_CONFIGURATION', stderr)
  })
})

describe('a bundle for which nothing is configured', () => {
  const app = mkdtempSync(join(tmpdir(), 'entra-bundle-'))
  const source = join(app, 'app.js')
  before(() => {
    installPackage(app)
    cpSync(join(root, 'npm', platform), join(app, 'node_modules', `azure-openai-entra-${platform}`), {
      recursive: true,
    })
    cpSync(join(root, addon), join(app, 'node_modules', `azure-openai-entra-${platform}`, addon))
    writeFileSync(
      source,
      `const { getAzureOpenAIToken, shouldUseEntraId } = require('azure-openai-entra')
      shouldUseEntraId()
      getAzureOpenAIToken({ tenantId: '/' }).catch(({ code, message }) => process.stdout.write(code + ' ' + message))`,
    )
  })
  after(() => rmSync(app, { recursive: true, force: true }))

  /** @param {string} file */
  const outcome = async (file) => {
    const { stdout, stderr } = await run([process.execPath, file])
    return stdout || stderr
  }

  // What a bundle of ES modules does not have, and what some bundlers put instead of the file's name.
  const requires =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
  for (const { what, name, options } of [
    { what: 'of CommonJS', name: 'app.js', options: {} },
    {
      what: 'of CommonJS that gives a made-up path for its own',
      name: 'app.js',
      options: { define: { __filename: '"/ROOT/app.js"', __dirname: '"/ROOT"' } },
    },
    {
      what: 'of ES modules',
      name: 'app.mjs',
      options: /** @type {const} */ ({ format: 'esm', banner: { js: requires } }),
    },
  ]) {
    describe(what, () => {
      // A folder of this name is not that of the package.
      const bundle = join(app, 'lib', name)
      before(async () => {
        // It rejects if a package cannot be resolved or a file not be read.
        const { warnings } = await build({
          entryPoints: [source],
          outfile: bundle,
          bundle: true,
          platform: 'node',
          logLevel: 'silent',
          ...options,
        })
        assert.deepEqual(warnings, [])
      })

      test('runs beside the package of the platform', async () =>
        assert.match(await outcome(bundle), /^ENTRA_ID_CONFIGURATION/))

      test('runs elsewhere with the addon beside it, and without says what to copy to where', async () => {
        const elsewhere = join(mkdtempSync(join(tmpdir(), 'entra-bundle-alone-')), 'lib')
        try {
          mkdirSync(elsewhere)
          const file = join(elsewhere, name)
          cpSync(bundle, file)
          const said = await outcome(file)
          assert.match(said, /^ENTRA_ID_UNAVAILABLE/)
          assert.ok(
            said.includes(`bundled in ${realpathSync(file)}, and neither ${addon} is beside that`),
            said,
          )
          assert.ok(said.includes(`from node_modules/azure-openai-entra-${platform},`), said)
          cpSync(join(root, addon), join(elsewhere, addon))
          assert.match(await outcome(file), /^ENTRA_ID_CONFIGURATION/)
        } finally {
          rmSync(join(elsewhere, '..'), { recursive: true, force: true })
        }
      })
    })
  }
})

describe('the error of an addon that cannot be loaded', () => {
  test('names what Deno has to be started with', async () => {
    const code = `
      const Module = require('node:module')
      const load = Module._load
      Module._load = (id, ...rest) => {
        if (!id.endsWith('.node')) return load(id, ...rest)
        throw new Error('Requires ffi access to "x.node", run again with the --allow-ffi flag')
      }
      const { getAzureOpenAIToken } = require(${JSON.stringify(root)})
      getAzureOpenAIToken().catch(({ message }) => process.stdout.write(message))`
    const { stdout } = await run([process.execPath, '-e', code])
    assert.match(stdout, /start it with --allow-ffi\.$/)
  })
})

/** Installs only this package, as an app gets it. @param {string} app */
function installPackage(app) {
  const folder = join(app, 'node_modules/azure-openai-entra')
  mkdirSync(folder, { recursive: true })
  for (const path of ['package.json', 'index.js', 'lib'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
}
