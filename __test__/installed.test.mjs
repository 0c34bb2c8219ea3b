import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { build } from 'esbuild'

import { stageMain, stagePlatform } from '../scripts/release/stage.mjs'
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
    app = realpathSync(mkdtempSync(join(tmpdir(), 'entra-installed-')))
    const [main, binary] = [join(app, 'main'), join(app, 'platform')]
    await stageMain(main)
    await stagePlatform(binary)
    const archives = [await pack(binary), await pack(main)]
    for (const staged of [main, binary]) rmSync(staged, { recursive: true })
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

  /** What a process has loaded of the package after these lines. @param {string} lines */
  const loadedBy = async (lines) => {
    const said = 'console.log(JSON.stringify(Object.keys(require.cache)))'
    const command = [process.execPath, '--eval', `(async () => { ${lines}; ${said} })()`]
    /** @type {string[]} */
    const files = JSON.parse(await succeed(command, { cwd: app, variables: source.environment }))
    const modules = join(app, 'node_modules/')
    // A capture of logs can be loaded as well.
    const ours = files.filter((file) => file.startsWith(modules))
    return ours.map((file) => file.slice(modules.length).replaceAll('\\', '/'))
  }
  const base = 'azure-openai-entra/lib/joined/base.js'
  const request =
    "await require('azure-openai-entra').entraIdFetch()('https://x.openai.azure.com', { signal: AbortSignal.abort() }).catch(() => {})"
  for (const { what, lines, files } of [
    {
      what: 'the package',
      lines: "require('azure-openai-entra')",
      files: ['azure-openai-entra/index.js', base],
    },
    {
      what: 'an import of the package',
      lines: "await import('azure-openai-entra')",
      files: ['azure-openai-entra/index.js', base, 'azure-openai-entra/lib/joined/classes.js'],
    },
    {
      what: 'the hook, with the switch off',
      lines: "require('azure-openai-entra/register')",
      files: ['azure-openai-entra/register.js', base],
    },
    {
      what: 'a first token',
      lines: "await require('azure-openai-entra').getAzureOpenAIToken()",
      files: [
        'azure-openai-entra/index.js',
        base,
        'azure-openai-entra/lib/joined/token.js',
        `azure-openai-entra-${platform}/${addon}`,
      ],
    },
  ])
    test(`${what} loads ${files.length} files`, async () => {
      assert.deepEqual(await loadedBy(lines), files)
    })

  const name = `azure-openai-entra-${platform}`
  /** Puts a file that is no addon there, which is an error if it is loaded. @param {string} folder */
  const plant = (folder) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, addon), 'no library at all')
  }
  /** @param {string} folder @param {string} place */
  const copy = (folder, place) =>
    cpSync(join(app, 'node_modules', folder), place, { recursive: true, verbatimSymlinks: true })
  /** The package with an addon of its own, and another beside it. @param {string} folder @param {string} packages */
  const nested = (folder, packages) => {
    const own = join(folder, packages, 'azure-openai-entra')
    copy('azure-openai-entra', own)
    copy(name, join(own, 'node_modules', name))
    plant(join(folder, packages))
    return own
  }
  /** The package, and the addon in a folder above. @param {string} folder @param {string} packages */
  const hoisted = (folder, packages) => {
    const own = join(folder, packages, 'azure-openai-entra')
    copy('azure-openai-entra', own)
    copy(name, join(folder, 'node_modules', name))
    return own
  }
  const getsToken = 'getAzureOpenAIToken().then((token) => console.log(token.length > 0))'

  /** `make` gives what the program requires. @type {{ what: string, make: (folder: string) => string | Promise<string>, options?: string[] }[]} */
  const layouts = [
    {
      what: 'the package has one of its own, and another one is beside it',
      make: (folder) => nested(folder, 'node_modules'),
    },
    {
      what: 'the package is in a folder of another name than node_modules, and others write into that',
      make: (folder) => {
        plant(join(folder, 'shared'))
        return hoisted(folder, 'shared')
      },
    },
    {
      what: 'a bundle has the name of a file of a release',
      make: async (folder) => {
        const outfile = join(folder, 'app/lib/joined/token.js')
        const entryPoints = [join(app, 'node_modules/azure-openai-entra/index.js')]
        await build({ entryPoints, outfile, bundle: true, platform: 'node', logLevel: 'silent' })
        copy(name, join(folder, 'app/node_modules', name))
        plant(folder)
        return outfile
      },
    },
    {
      what: 'it is hoisted to a folder above',
      make: (folder) => hoisted(folder, 'packages/a/node_modules'),
    },
    {
      what: 'the package is a link, which Node is told to preserve',
      options: ['--preserve-symlinks'],
      make: (folder) => {
        const stored = nested(folder, 'store/node_modules')
        mkdirSync(join(folder, 'node_modules'))
        const own = join(folder, 'node_modules/azure-openai-entra')
        symlinkSync(stored, own, 'junction')
        return own
      },
    },
    {
      what: 'a mock of fs finds everything',
      make: (folder) => {
        const own = hoisted(folder, 'packages/a/node_modules')
        const file = join(folder, 'mocked.js')
        const mock = "require('node:fs').existsSync = () => true"
        writeFileSync(file, `${mock}\nmodule.exports = require(${JSON.stringify(own)})`)
        return file
      },
    },
  ]
  for (const { what, make, options = [] } of layouts)
    test(`the addon is that which a search finds if ${what}`, async () => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'entra-layout-')))
      try {
        const file = await make(folder)
        const program = join(folder, 'program.js')
        writeFileSync(program, `require(${JSON.stringify(file)}).${getsToken}`)
        const command = [process.execPath, ...options, program]
        assert.equal(await succeed(command, { cwd: app, variables: source.environment }), 'true\n')
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

  test('a request and a class load one file more each', async () => {
    const classes = "new (require('azure-openai-entra').ManagedIdentityCredential)()"
    const loaded = await loadedBy(`${request}; ${classes}`)
    assert.deepEqual(
      loaded.filter((file) => file.startsWith('azure-openai-entra/')),
      [
        'azure-openai-entra/index.js',
        base,
        'azure-openai-entra/lib/joined/requests.js',
        'azure-openai-entra/lib/joined/token.js',
        'azure-openai-entra/lib/joined/classes.js',
      ],
    )
  })

  test('each module is there once, by whichever path it is required, with what it exports in the repository', async () => {
    const program = `
      const [installed, written] = process.argv.slice(1)
      for (const file of require('node:fs').readdirSync(written, { recursive: true })) {
        if (!file.endsWith('.js')) continue
        const keys = [installed, written].map((folder) => Object.keys(require(folder + '/' + file)).join())
        if (keys[0] !== keys[1]) console.log(file, keys)
      }
      const joined = require(installed + '/joined/base.js')
      for (const name of Object.keys(joined))
        if (joined[name] !== require(installed + '/../' + name + '.js')) console.log(name)`
    const folders = [join(app, 'node_modules/azure-openai-entra/lib'), join(root, 'lib')]
    assert.equal(await succeed([process.execPath, '--eval', program, ...folders], { cwd: app }), '')
  })
})
