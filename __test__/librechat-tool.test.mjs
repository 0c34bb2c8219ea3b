import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'

import { patches } from '../cli/librechat/patches/index.mjs'
import { filesIn, original, tool, toolOn, withCheckout } from './support/librechat-checkout.mjs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const CLIENT = 'api/app/clients/OpenAIClient.js'
/** A user with a name, on every system. */
const NOBODY = 65_534

describe('the command line', () => {
  test('says how it is used', async () => {
    const { code, stdout, stderr } = await tool('--help')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /^Usage: npx azure-openai-entra <command>$/m)
    assert.match(stdout, /^ {2}librechat {3}\S/m)
    assert.deepEqual(await tool('librechat', '--help'), await tool('librechat', '/nowhere', '-h'))
    assert.match(
      (await tool('librechat', '--help')).stdout,
      /^Usage: .* librechat <path> \[--check \| --revert \| --update \| --migrate\] \[--with-tests\]$/m,
    )
  })

  test('says which version it is', async () =>
    assert.deepEqual(await tool('--version'), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' }))

  for (const { args, said } of [
    { args: [], said: /^azure-openai-entra .*\n\nUsage:/ },
    { args: ['libre'], said: /^There is no command 'libre'\.\n/ },
    { args: ['toString'], said: /^There is no command 'toString'\.\n/ },
    { args: ['librechat'], said: /^librechat needs one <path>/ },
    { args: ['librechat', 'a', 'b'], said: /^librechat needs one <path>/ },
    {
      args: ['librechat', '.', '--check', '--revert'],
      said: /^--check and --revert exclude each other\. Pass only one\.\n/,
    },
    {
      args: ['librechat', '.', '--revert', '--update'],
      said: /^--revert and --update exclude each other\. Pass only one\.\n/,
    },
    { args: ['librechat', '.', '--chekc'], said: /^Unknown option '--chekc'/ },
  ]) {
    test(`wrong: ${JSON.stringify(args)}`, async () => {
      const { code, stdout, stderr } = await tool(...args)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, said)
    })
  }
})

describe('a checkout', () => {
  test('is checked, changed, checked and restored', () =>
    withCheckout(async (folder) => {
      const count = patches.length
      const before = await tool('librechat', folder, '--check')
      assert.equal(before.code, 1)
      assert.match(before.stdout, /^LibreChat v0\.8\.1 in /)
      assert.equal(before.stdout.match(/^ {2}would change /gm)?.length, count)
      assert.match(before.stdout, new RegExp(`^${count} files would change\\.$`, 'm'))
      assert.deepEqual(filesIn(folder), original)

      const change = await tool('librechat', folder)
      assert.deepEqual([change.code, change.stderr], [0, ''])
      assert.match(change.stdout, new RegExp(`^${count} files changed\\.`, 'm'))
      assert.match(change.stdout, /^ {2}npm install /m)
      const changed = filesIn(folder)
      assert.deepEqual(
        Object.keys(changed)
          .filter((path) => changed[path] !== original[path])
          .toSorted(),
        patches.map(({ path }) => path).toSorted(),
      )
      const range = JSON.parse(changed['api/package.json']).dependencies['azure-openai-entra']
      assert.equal(range, `^${version}`)

      const after = await tool('librechat', folder, '--check')
      assert.deepEqual([after.code, after.stderr], [0, ''])
      assert.match(after.stdout, /^All is in place\.$/m)
      const again = await tool('librechat', folder)
      assert.equal(again.code, 0)
      assert.match(again.stdout, /^All was in place already\.$/m)
      assert.deepEqual(filesIn(folder), changed)

      const revert = await tool('librechat', folder, '--revert')
      assert.deepEqual([revert.code, revert.stderr], [0, ''])
      assert.match(revert.stdout, new RegExp(`^${count} files restored\\.`, 'm'))
      assert.deepEqual(filesIn(folder), original)
    }))

  test('of a newer version: what it has not is named', () =>
    withCheckout(async (folder) => {
      rmSync(join(folder, CLIENT))
      const { code, stdout } = await tool('librechat', folder)
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^ {2}not in this version {2}${CLIENT} `, 'm'))
      const assistants = filesIn(folder)['api/server/services/Endpoints/azureAssistants/initialize.js']
      assert.ok(!assistants.includes('clientOptions.useEntraId'))
    }))

  test('keeps the modes of its files', () =>
    withCheckout(async (folder) => {
      chmodSync(join(folder, CLIENT), 0o755)
      const mode = statSync(join(folder, CLIENT)).mode
      await tool('librechat', folder)
      assert.equal(statSync(join(folder, CLIENT)).mode, mode)
    }))

  test(
    'run as root, keeps the owners of its files, and gives new ones to the owner of their folder',
    { skip: process.getuid?.() !== 0 && 'only root may' },
    () =>
      withCheckout(async (folder) => {
        // A user without a name has no group but that of the folder.
        const [uid, gid] = [61_234, 61_235]
        const all = () => readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)))
        for (const path of [folder, ...all()]) chownSync(path, uid, gid)
        chmodSync(join(folder, CLIENT), 0o640)
        for (const mode of [[], ['--update'], ['--revert']]) {
          assert.equal((await tool('librechat', folder, ...mode)).code, 0)
          for (const path of all()) {
            const stat = statSync(path)
            assert.deepEqual([stat.uid, stat.gid], [uid, gid], `${path} ${mode}`)
          }
          assert.equal(statSync(join(folder, CLIENT)).mode & 0o777, 0o640)
        }
      }),
  )

  test(
    'run as root, is the user of the checkout, and writes into no folder of another one',
    { skip: process.getuid?.() !== 0 && 'only root may' },
    () =>
      withCheckout(async (folder) => {
        const own = join(folder, 'api/server')
        chownSync(own, 1000, 1000)
        const refused = await tool('librechat', folder)
        assert.equal(refused.code, 2)
        assert.match(
          refused.stderr,
          /The folder api\/server is of another user, and that user can exchange it\./,
        )
        chownSync(own, 0, 0)
        assert.equal((await tool('librechat', folder)).code, 0)
        // What its user may not write, root does not write for them.
        chownSync(folder, 1000, 1000)
        const left = await tool('librechat', folder, '--revert')
        assert.equal(left.code, 2)
        assert.match(left.stderr, /This file cannot be written: .*(?:EACCES|permission)/i)
      }),
  )

  test(
    'run as root, has the groups of the user and not that of the folder',
    { skip: process.getuid?.() !== 0 && 'only root may' },
    () =>
      withCheckout(async (folder) => {
        for (const uid of [NOBODY, 61_234]) {
          for (const path of [folder, ...readdirSync(folder, { recursive: true }).map(String)])
            chownSync(resolve(folder, path), uid, 0)
          // Root's group may write there, and this user may not.
          const own = join(folder, 'api/server/services/Config')
          chownSync(own, 0, 0)
          chmodSync(own, 0o775)
          const { code, stderr } = await tool('librechat', folder)
          assert.equal(code, 2)
          assert.match(stderr, /This file cannot be written: .*(?:EACCES|permission)/i)
        }
      }),
  )

  test(
    'run as root, refuses a checkout that a user can exchange by a folder above it',
    { skip: process.getuid?.() !== 0 && 'only root may' },
    () =>
      withCheckout(async (folder) => {
        const above = join(folder, 'src/below')
        mkdirSync(above, { recursive: true })
        const checkout = join(above, 'LibreChat')
        cpSync(join(folder, 'api'), join(checkout, 'api'), { recursive: true })
        cpSync(join(folder, 'packages'), join(checkout, 'packages'), { recursive: true })
        const run = async () => {
          const { code, stderr } = await tool('librechat', checkout)
          return `${code} ${stderr}`
        }
        for (const own of [join(folder, 'src'), above]) {
          chownSync(own, NOBODY, 0)
          assert.match(
            await run(),
            /^2 .*Another user can exchange it, because to that user belongs the folder /s,
          )
          chownSync(own, 0, 0)
          chmodSync(own, 0o777)
          assert.match(await run(), /^2 .*because every user may write in the folder /s)
          chmodSync(own, 0o755)
        }
        assert.match(await run(), /^0 /)
        chmodSync(above, 0o1777)
        assert.match(await run(), /^0 /)
      }),
  )

  test('by a symbolic link to its folder', () =>
    withCheckout(async (folder) => {
      const link = join(folder, 'link')
      symlinkSync(folder, link, 'junction')
      assert.equal((await tool('librechat', link)).code, 0)
      assert.equal((await tool('librechat', folder, '--check')).code, 0)
    }))
})

describe('refused, and nothing is changed', () => {
  for (const { what, prepare, said, skip = false } of [
    {
      what: 'an anchor is missing',
      prepare: (/** @type {string} */ folder) =>
        replaceIn(join(folder, CLIENT), 'let chatCompletion;', 'let completion;'),
      said: `${CLIENT}:1: \`let chatCompletion;\` is missing. Restore it, or install a newer azure-openai-entra.`,
    },
    {
      what: 'an anchor is there twice',
      prepare: (/** @type {string} */ folder) =>
        replaceIn(
          join(folder, CLIENT),
          '    let chatCompletion;',
          '    let chatCompletion;\n    { let chatCompletion; }',
        ),
      said: `${CLIENT}:19: \`let chatCompletion;\` is here 2 times, in lines 19, 20. Keep only LibreChat's.`,
    },
    {
      what: 'a syntax error',
      prepare: (/** @type {string} */ folder) =>
        replaceIn(join(folder, CLIENT), 'class OpenAIClient', 'class extends OpenAIClient'),
      said: new RegExp(`^${CLIENT}:6: This file does not parse\\. Correct its syntax\\. `, 'm'),
    },
    {
      what: 'a read-only file',
      prepare: (/** @type {string} */ folder) => chmodSync(join(folder, CLIENT), 0o444),
      said: `${CLIENT}:1: This file is read-only. Make it writable.`,
    },
    {
      what: 'a file that is a symbolic link',
      // Windows lets only administrators create one.
      skip: process.platform === 'win32',
      prepare: (/** @type {string} */ folder) => {
        renameSync(join(folder, CLIENT), join(folder, 'shared.js'))
        symlinkSync(join(folder, 'shared.js'), join(folder, CLIENT))
      },
      said: `${CLIENT}:1: A symbolic link leads here. Replace the link with its target.`,
    },
    {
      what: 'a folder that is a symbolic link',
      prepare: (/** @type {string} */ folder) => {
        renameSync(join(folder, 'packages/api'), join(folder, 'shared'))
        symlinkSync(join(folder, 'shared'), join(folder, 'packages/api'), 'junction')
      },
      said: 'packages/api/package.json:1: A symbolic link leads here. Replace the link with its target.',
    },
    {
      what: 'a folder in place of a file',
      prepare: (/** @type {string} */ folder) => {
        rmSync(join(folder, CLIENT))
        mkdirSync(join(folder, CLIENT))
      },
      said: `${CLIENT}:1: This is not a file. Restore LibreChat's file.`,
    },
    {
      what: 'no UTF-8',
      prepare: (/** @type {string} */ folder) =>
        writeFileSync(join(folder, CLIENT), Buffer.from([0x2f, 0x2f, 0xff, 0x0a])),
      said: new RegExp(`^${CLIENT}:1: This file cannot be read: ERR_ENCODING_INVALID_ENCODED_DATA`, 'm'),
    },
  ]) {
    test(what, { skip }, () =>
      withCheckout(async (folder) => {
        prepare(folder)
        const before = filesIn(folder)
        const { code, stdout, stderr } = await tool('librechat', folder)
        assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
        assert.match(stderr, /^Nothing was changed\.\n\n/)
        if (typeof said === 'string') assert.ok(stderr.split('\n').includes(said), stderr)
        else assert.match(stderr, said)
        assert.deepEqual(filesIn(folder), before)
      }),
    )
  }

  test('a file that cannot be put in its place: those before it get theirs back', () =>
    withCheckout(async (folder) => {
      const blocked = join(folder, 'packages/api/src/utils')
      const script = join(folder, 'fail.cjs')
      writeFileSync(
        script,
        `const fs = require('node:fs');
         const { renameSync } = fs;
         const full = Object.assign(new Error('full'), { code: 'ENOSPC', errno: -28, syscall: 'rename' });
         fs.renameSync = (from, to) => {
           if (to.startsWith(${JSON.stringify(blocked)})) throw full;
           renameSync(from, to);
         };
         require('node:module').syncBuiltinESMExports();`,
      )
      const before = filesIn(folder)
      const { code, stderr } = await toolOn('--require', script)('librechat', folder)
      assert.equal(code, 2)
      assert.match(
        stderr,
        /^packages\/api\/src\/utils\/entraId\.ts: This file cannot be written: ENOSPC: no space left on device, rename$/m,
      )
      assert.deepEqual(filesIn(folder), before)
    }))

  for (const { what, path, said } of [
    {
      what: 'nothing there',
      path: 'nowhere',
      said: /nowhere: This folder does not exist\. Pass the folder/m,
    },
    {
      what: 'a file',
      path: 'api/package.json',
      said: /package\.json: This is not a folder\. Pass the folder/m,
    },
    {
      what: 'another folder',
      path: 'packages',
      said: /packages: api\/package\.json of @librechat\/backend is missing\. Pass the folder/,
    },
  ]) {
    test(`no checkout: ${what}`, () =>
      withCheckout(async (folder) => {
        const { code, stderr } = await tool('librechat', join(folder, path))
        assert.equal(code, 2)
        assert.match(stderr, said)
      }))
  }
})

/** @param {string} file @param {string} from @param {string} to */
const replaceIn = (file, from, to) => {
  const text = readFileSync(file, 'utf8')
  assert.ok(text.includes(from))
  writeFileSync(file, text.replace(from, to))
}
