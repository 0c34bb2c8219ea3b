import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'

import { addonFile } from '../scripts/setup.mjs'
import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'

const addon = addonFile()
const [, platform] = addon.split('.')

describe('an installed package finds its addon', () => {
  const app = mkdtempSync(join(tmpdir(), 'entra-test-'))
  after(() => rmSync(app, { recursive: true, force: true }))
  const packages = join(app, 'node_modules')

  beforeEach(() => {
    rmSync(packages, { recursive: true, force: true })
    const own = join(packages, 'azure-openai-entra')
    mkdirSync(own, { recursive: true })
    for (const path of ['package.json', 'index.js', 'lib'])
      cpSync(join(root, path), join(own, path), { recursive: true })
  })

  /**
   * Installs the package of this platform, with `content` instead of the addon if it is passed.
   *
   * @param {string} [content]
   */
  const installAddon = (content) => {
    const folder = join(packages, `azure-openai-entra-${platform}`)
    cpSync(join(root, 'npm', platform), folder, { recursive: true })
    if (content === undefined) cpSync(join(root, addon), join(folder, addon))
    else writeFileSync(join(folder, addon), content)
  }

  const load = async (before = '') => {
    // The core refuses this tenant without a request.
    const code = `${before}
      const { checkHealth, getAzureOpenAIToken } = require('azure-openai-entra')
      getAzureOpenAIToken({ tenantId: '/' }).catch(async ({ name, code, message }) => {
        const { status } = await checkHealth()
        process.stdout.write(code === 'ENTRA_ID_CONFIGURATION' ? 'loaded' : [name, code, status, message].join(' '))
      })`
    const { stdout, stderr } = await run([process.execPath, '-e', code], { cwd: app })
    return stdout || stderr
  }

  test('in the package of this platform', async () => {
    installAddon()
    assert.equal(await load(), 'loaded')
  })

  test('built from source, and copied to the path in the error', async () => {
    cpSync(join(root, addon), join(packages, 'azure-openai-entra', addon))
    assert.equal(await load(), 'loaded')
  })

  test('a missing one: the error names it, and what to do', async () => {
    const said = await load()
    const missing = `no addon for ${platform}: the package azure-openai-entra-${platform} is not installed\\.`
    assert.match(
      said,
      new RegExp(`^EntraIdError ENTRA_ID_UNAVAILABLE failing azure-openai-entra has ${missing}`),
    )
    assert.match(said, /npm install --include=optional/)
  })

  test('a damaged one: the error names it, gives the reason, and what to do', async () => {
    installAddon('no library at all')
    const said = `azure-openai-entra-${platform} cannot be loaded: \\S.+\\. Install it again;`
    assert.match(await load(), new RegExp(`^EntraIdError ENTRA_ID_UNAVAILABLE failing ${said}`))
  })

  test(
    'on Linux, by the loader that its Node names',
    { skip: process.platform !== 'linux' && 'only Linux has several' },
    async () => {
      for (const [loader, libc] of [
        ['/lib/ld-musl-x86_64.so.1', 'musl'],
        ['/lib64/ld-linux-x86-64.so.2', 'gnu'],
      ]) {
        // As on a system that has both.
        const both = "fs.existsSync = (file) => file.includes('/ld-') || existsSync(file)"
        const node = join(app, libc)
        writeFileSync(node, `\x7fELF …\0${loader}\0`)
        const said = await load(
          `const fs = require('node:fs'); const { existsSync } = fs; ${both}; process.execPath = ${JSON.stringify(node)}`,
        )
        assert.match(said, new RegExp(`the package azure-openai-entra-linux-\\w+-${libc} is not installed`))
      }
    },
  )

  test('on a platform without a build: the error names what it looked for, those that have one, and what to do', async () => {
    const said = await load("Object.defineProperty(process, 'arch', { value: 'mips' })")
    assert.match(
      said,
      /has no addon for \S*mips\S*: there is no .+mips\S*\.node, .*darwin-arm64, .*win32-x64-msvc\. Build one from source, as http\S+ says\.$/,
    )
  })
})

test('each platform’s package names its addon as tools expect that collect an app’s files, such as Next.js', () => {
  for (const name of readdirSync(join(root, 'npm'))) {
    const source = readFileSync(join(root, 'npm', name, 'index.js'), 'utf8')
    assert.match(source, new RegExp(`join\\(__dirname, 'azure-openai-entra\\.${name}\\.node'\\)`))
  }
})
