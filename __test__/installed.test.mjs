import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { build } from 'esbuild'

import { addonFile } from '../scripts/setup.mjs'
import { npm, root } from '../scripts/support/run.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'

const addon = addonFile()
const platform = addon.split('.')[1]

/**
 * Runs a command that must go well, and gives what it wrote.
 *
 * @param {string[]} command
 * @param {Parameters<typeof run>[1]} setting
 */
const succeed = async (command, setting) => {
  const { code, stdout, stderr } = await run(command, setting)
  assert.equal(code, 0, `${stdout}${stderr}`)
  return stdout
}

describe('the package as npm installs it', () => {
  /** @type {string} */
  let app
  /** @type {import('../testkit/identity.mjs').Identity} */
  let source

  /** Packs `folder` into the app's, and gives the archive's name. @param {string} folder */
  const pack = async (folder) => {
    const command = [...npm(), 'pack', '--ignore-scripts', '--silent', '--pack-destination', app]
    return (await succeed(command, { cwd: folder })).trim().split('\n').at(-1)
  }

  before(async () => {
    app = mkdtempSync(join(tmpdir(), 'entra-installed-'))
    const binary = join(app, 'platform')
    cpSync(join(root, 'npm', platform), binary, { recursive: true })
    cpSync(join(root, addon), join(binary, addon))
    const archives = [await pack(binary), await pack(root)]
    rmSync(binary, { recursive: true })
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }')
    const files = archives.map((name) => `./${name}`)
    await succeed([...npm(), 'install', '--offline', '--no-audit', '--no-fund', ...files], { cwd: app })
    source = await startIdentity()
  })
  after(async () => {
    await source?.close()
    rmSync(app, { recursive: true, force: true })
  })

  /** As `npx azure-openai-entra …` in the app's folder. @param {string[]} args */
  const npx = (...args) => {
    const variables = { ...source.environment, AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }
    return run([...npm(), 'exec', '--offline', '--', 'azure-openai-entra', ...args], { cwd: app, variables })
  }

  test('two packages arrive, and neither has dependencies or install scripts', () => {
    const names = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))
    assert.deepEqual(names.toSorted(), ['azure-openai-entra', `azure-openai-entra-${platform}`])
    for (const name of names) {
      const manifest = JSON.parse(readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8'))
      assert.equal(manifest.dependencies, undefined)
      for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
        assert.equal(manifest.scripts?.[hook], undefined)
    }
  })

  test("the tool lies beside its libraries' licences", () => {
    const folder = join(app, 'node_modules/azure-openai-entra/bin')
    assert.deepEqual(readdirSync(folder).toSorted(), ['LICENSES.txt', 'azure-openai-entra.js'])
    const licences = readFileSync(join(folder, 'LICENSES.txt'), 'utf8')
    for (const name of ['@babel/parser', 'cli-table3', 'wrap-ansi', 'yocto-spinner']) {
      assert.match(licences, new RegExp(`^${name} \\d`, 'm'))
    }
  })

  test('npx azure-openai-entra health', async () => {
    const { code, stdout } = await npx('health')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^ok: a token of ManagedIdentityCredential/)
  })

  test('npx azure-openai-entra doctor', async () => {
    const { code, stdout } = await npx('doctor')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /ManagedIdentityCredential gives a token\.\n/)
    for (const token of source.tokens.issued) assert.ok(!stdout.includes(token))
  })

  test('npx azure-openai-entra librechat, in a folder that is no checkout', async () => {
    const { code, stderr } = await npx('librechat', '.', '--check')
    assert.equal(code, 2)
    assert.match(stderr, /Nothing was changed/)
  })

  for (const format of /** @type {const} */ (['cjs', 'esm'])) {
    test(`an app that is bundled without it, as ${format}, gets its token`, async () => {
      const outfile = join(app, `bundle.${format === 'cjs' ? 'cjs' : 'mjs'}`)
      const contents =
        "import { getAzureOpenAIToken } from 'azure-openai-entra'\n" +
        'getAzureOpenAIToken().then((token) => console.log(token.length > 0))'
      const entry = { contents, resolveDir: app }
      const external = ['azure-openai-entra']
      await build({ stdin: entry, outfile, format, external, bundle: true, platform: 'node' })
      const variables = source.environment
      assert.equal(await succeed([process.execPath, outfile], { cwd: app, variables }), 'true\n')
    })
  }

  test('register is there for --require', async () => {
    const file = join(app, 'node_modules/azure-openai-entra/register.js')
    assert.ok(existsSync(file))
    await succeed([process.execPath, '--require', file, '--eval', ''], { cwd: app })
  })
})
