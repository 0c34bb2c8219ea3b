import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'

import { pathInCommand } from '../cli/forms.mjs'
import { run } from '../testkit/process.mjs'
import { TOOL, withDoctor } from './support/doctor.mjs'
import { filesIn, original, withCheckout } from './support/librechat-checkout.mjs'

/** A title, a cleared screen by either form of CSI, a rubout, text from right to left, and a line of its own. */
const HOSTILE = '\u001B]0;pwned\u0007\u001B[2J\u009B2J\u007F\u202Ex\u2028y\nInjected: line'
/** The same without its line break and its `/`. */
const HOSTILE_NAME = HOSTILE.replaceAll(/[\n/]/g, '')

/** @param {{ stdout: string, stderr: string }} ended @param {string} what */
const isClean = ({ stdout, stderr }, what) => {
  for (const text of [stdout, stderr]) {
    const found = /[^\P{C}\n]|[\p{Zl}\p{Zp}]|^Injected/mu.exec(text)
    assert.equal(
      found && JSON.stringify(text.slice(Math.max(found.index - 40, 0), found.index + 40)),
      null,
      what,
    )
  }
}

const skip = process.platform === 'win32' && 'names of Windows have none of these characters'

describe('what the tool prints of others moves no cursor and is a line of its own only if it was asked for', () => {
  test('librechat: versions, names of folders and of files, texts that do not parse', { skip }, () =>
    withCheckout(async (folder) => {
      const parent = join(folder, '..', `${HOSTILE} of ${process.pid}`)
      renameSync(folder, parent)
      try {
        const manifest = JSON.parse(original['api/package.json'])
        const write = (/** @type {string} */ path, /** @type {string} */ text) =>
          writeFileSync(join(parent, path), text)
        write('api/package.json', JSON.stringify({ ...manifest, version: `v1${HOSTILE}` }, undefined, 2))
        write(`api/${HOSTILE_NAME}.spec.js`, 'createEntraIdCredential()')
        const librechat = (/** @type {string[]} */ ...args) =>
          run([process.execPath, resolve(TOOL), 'librechat', ...args], { cwd: parent })
        for (const args of [
          ['.', '--check'],
          [parent, '--check'],
          [parent],
          [parent, '--check'],
          [parent, '--update'],
          [parent, '--migrate'],
          [parent, '--revert'],
        ]) {
          const ended = await librechat(...args)
          assert.ok(ended.code === 0 || ended.code === 1, ended.stderr)
          assert.match(ended.stdout, /^LibreChat v1 /)
          isClean(ended, args.join(' '))
        }
        write(`api/${HOSTILE_NAME}.js`, 'use(azureADTokenProvider)')
        const left = await librechat(parent, '--migrate')
        assert.match(left.stderr, /^api\/.*\.js:1: `azureADTokenProvider` is left here/m)
        isClean(left, 'a name of a file in a refusal')
        write('api/app/clients/OpenAIClient.js', 'const a = \u001B[2J')
        const wrong = await librechat(parent)
        assert.match(wrong.stderr, /OpenAIClient\.js:1: This file does not parse/)
        isClean(wrong, 'what a parser quotes')
        isClean(await librechat(join(parent, `no${HOSTILE}`)), 'a folder that does not exist')
      } finally {
        renameSync(parent, folder)
      }
    }),
  )

  test(
    'librechat: the command that undoes the change is one, whatever the folder is called',
    { skip },
    async () => {
      for (const name of ['r$(touch pwned)', "it's; touch pwned", '`touch pwned`', 'a b\\', '-x', '~', 'é'])
        await withCheckout(async (parent) => {
          const folder = join(parent, name)
          mkdirSync(folder)
          for (const part of ['api', 'packages']) renameSync(join(parent, part), join(folder, part))
          const before = filesIn(folder)
          const first = [process.execPath, resolve(TOOL), 'librechat', '--', name]
          const { stdout, stderr } = await run(first, { cwd: parent })
          assert.equal(stderr, '')
          const [, command] = /^To undo it: npx azure-openai-entra (.*)$/m.exec(stdout) ?? []
          const shell = `tool() { "${process.execPath}" "${resolve(TOOL)}" "$@"; }; tool ${command}`
          const undone = await run(['sh', '-c', shell], { cwd: parent })
          assert.deepEqual([undone.code, undone.stderr], [0, ''], command)
          assert.deepEqual(filesIn(folder), before)
          assert.ok(!readdirSync(parent).includes('pwned'), command)
        })
    },
  )

  test('a path in a command: as each shell takes it, and none that cannot be told', () => {
    for (const [path, posix, windows] of [
      ['/srv/my_app-1.0', '/srv/my_app-1.0', '/srv/my_app-1.0'],
      ['C:\\apps\\chat', String.raw`'C:\apps\chat'`, 'C:\\apps\\chat'],
      [
        'C:\\Program Files (x86)\\chat',
        String.raw`'C:\Program Files (x86)\chat'`,
        '"C:\\Program Files (x86)\\chat"',
      ],
      ["it's", String.raw`'it'\''s'`, `"it's"`],
      ['a&calc', "'a&calc'", '"a&calc"'],
      ['a$(calc)', "'a$(calc)'", '<path>'],
      ['%TEMP%', '%TEMP%', '<path>'],
      ['a b\\', "'a b\\'", '<path>'],
      ['-x', './-x', './-x'],
      [HOSTILE, '<path>', '<path>'],
      ['', "''", '""'],
    ]) {
      assert.equal(pathInCommand(path, 'linux'), posix)
      assert.equal(pathInCommand(path, 'win32'), windows)
    }
  })

  test('doctor and health: variables, options, and the package.json and .env of an app', { skip }, () =>
    withDoctor(({ identity, doctor }) =>
      withCheckout(async (folder) => {
        const app = join(folder, `app${HOSTILE}`)
        mkdirSync(app)
        const manifest = {
          name: `librechat${HOSTILE}`,
          version: HOSTILE,
          dependencies: { [HOSTILE]: HOSTILE },
        }
        writeFileSync(join(app, 'package.json'), JSON.stringify(manifest))
        const lines = ['AZURE_OPENAI_ENDPOINT', `AZURE_${HOSTILE_NAME}`, 'OPENAI_API_KEY'].map(
          (name) => `${name}="https://x.openai.azure.com/${HOSTILE}"`,
        )
        writeFileSync(join(app, '.env'), lines.join('\n'))
        identity.always({ status: 400, body: { error: HOSTILE, error_description: HOSTILE } })
        const path = '/srv/\u202E\u009B2J/x.pem'
        const variables = {
          AZURE_CLIENT_ID: HOSTILE,
          AZURE_TENANT_ID: HOSTILE,
          AZURE_CLIENT_CERTIFICATE_PATH: path,
          AZURE_FEDERATED_TOKEN_FILE: path,
          AZURE_TOKEN_CREDENTIALS: HOSTILE,
          AZURE_AUTHORITY_HOST: HOSTILE,
          AZURE_OPENAI_ENDPOINT: HOSTILE,
          AZURE_OPENAI_ENTRA_ASSERTION: HOSTILE,
          AZURE_OPENAI_ENTRA_HOSTS: HOSTILE,
          AZURE_OPENAI_ENTRA_SCOPE: HOSTILE,
          AZURE_OPENAI_USE_ENTRA_ID: HOSTILE,
          AZURE_KUBERNETES_TOKEN_PROXY: HOSTILE,
          HTTPS_PROXY: HOSTILE,
          NO_PROXY: HOSTILE,
          SSL_CERT_FILE: path,
          HOSTNAME: HOSTILE,
          WEBSITE_SITE_NAME: HOSTILE,
        }
        await Promise.all(
          Object.entries(variables).map(async ([name, value]) => {
            const set = { ...identity.environment, [name]: value }
            isClean(await doctor(['doctor', '--app', app], set), name)
          }),
        )
        const commands = [
          ['health'],
          ['health', '--json'],
          ['health', '--dotenv', path],
          ['health', '--timeout', HOSTILE],
          ['doctor'],
          ['doctor', '--json', '--app', app],
          ['doctor', '--fix-plan', '--app', app],
          ['doctor', '--app', path],
          ['doctor', '--scope', HOSTILE],
          ['doctor', '--endpoint', `https://x.openai.azure.com/${HOSTILE}`, '--deployment', HOSTILE],
          ['swap', app],
          ['swap', path],
          [HOSTILE],
          ['librechat', HOSTILE],
          ['librechat', path],
        ]
        await Promise.all(
          commands.map(async (args) => {
            const set = { ...identity.environment, AZURE_TENANT_ID: HOSTILE }
            isClean(await doctor(args, set), args.join(' '))
          }),
        )
      }),
    ),
  )
})
