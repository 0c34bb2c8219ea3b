import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import * as entra from 'azure-openai-entra'

import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'

const theirs = createRequire(import.meta.url)('@azure/identity')

const TENANT = '00000000-0000-0000-0000-000000000001'
const CLIENT = '00000000-0000-0000-0000-000000000002'
const SCOPE = 'https://cognitiveservices.azure.com/.default'

/** What the constructors take. */
const ARGUMENTS = {
  InteractiveBrowserCredential: [
    { tenantId: TENANT, clientId: CLIENT, disableAutomaticAuthentication: true },
  ],
  DeviceCodeCredential: [{ tenantId: TENANT, clientId: CLIENT, disableAutomaticAuthentication: true }],
  UsernamePasswordCredential: [TENANT, CLIENT, 'user', secret('password')],
  AuthorizationCodeCredential: [TENANT, CLIENT, secret('code'), 'http://localhost:1'],
}

/** Written by a package that stands in for Microsoft's. */
const STAND_IN = `
  for (const name of ${JSON.stringify(Object.keys(ARGUMENTS))}) {
    exports[name] = class {
      constructor(...args) {
        this.args = args
      }
      async getToken(scopes, options) {
        return { token: JSON.stringify([name, this.args, scopes, options]), expiresOnTimestamp: 1 }
      }
      async authenticate(scopes, options) {
        return { username: JSON.stringify([name, scopes, options]) }
      }
    }
  }
  exports.useIdentityPlugin = (plugin) => plugin('the context')`

/** Prints what the classes of the package do that the argument names. */
const APP = `
  const entra = require(process.argv[2])
  const tried = async (act) => {
    try {
      return await act()
    } catch (error) {
      return [error.name, error.code, error.message]
    }
  }
  async function main() {
    const results = {}
    for (const [name, args] of Object.entries(${JSON.stringify(ARGUMENTS)})) {
      results[name] = await tried(async () => {
        const credential = new (class extends entra[name] {})(...args)
        const { token } = await credential.getToken('scope', { claims: '{}' })
        return [JSON.parse(token), JSON.parse((await credential.authenticate?.('scope', {}))?.username ?? 'null')]
      })
    }
    results.useIdentityPlugin = await tried(
      () => new Promise((resolve) => entra.useIdentityPlugin((context) => resolve(context))),
    )
    console.log(JSON.stringify(results))
  }
  main()`

describe('what asks a user', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-handed-over-'))
  before(() => writeFileSync(join(folder, 'app.cjs'), APP))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** Installs only `packages`, and runs the app with the first. @param {Record<string, string>} packages */
  const outcome = async (packages) => {
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
    for (const [name, what] of Object.entries(packages)) {
      const target = join(folder, 'node_modules', name)
      mkdirSync(target, { recursive: true })
      if (what === 'ours') {
        for (const path of ['package.json', 'index.js', 'lib'])
          cpSync(join(root, path), join(target, path), { recursive: true })
      } else {
        writeFileSync(
          join(target, 'package.json'),
          JSON.stringify({ name, version: '4.0.0', main: 'index.js' }),
        )
        writeFileSync(join(target, 'index.js'), what)
      }
    }
    const { stdout, stderr } = await run([
      process.execPath,
      join(folder, 'app.cjs'),
      Object.keys(packages)[0],
    ])
    assert.equal(stderr, '')
    return JSON.parse(stdout)
  }

  for (const { installed, packages } of [
    {
      installed: 'as @azure/identity-real beside this package as @azure/identity',
      packages: { '@azure/identity': 'ours', '@azure/identity-real': STAND_IN },
    },
    {
      installed: 'as @azure/identity-real beside this package',
      packages: { 'azure-openai-entra': 'ours', '@azure/identity-real': STAND_IN },
    },
    {
      installed: 'as @azure/identity beside this package',
      packages: { 'azure-openai-entra': 'ours', '@azure/identity': STAND_IN },
    },
  ]) {
    test(`is handed over to Microsoft's package, installed ${installed}`, async () => {
      const { useIdentityPlugin, ...classes } = await outcome(packages)
      assert.equal(useIdentityPlugin, 'the context')
      for (const [name, [asked, signedIn]] of Object.entries(classes)) {
        assert.deepEqual(asked, [name, Reflect.get(ARGUMENTS, name), 'scope', { claims: '{}' }])
        const hasAuthenticate = 'authenticate' in theirs[name].prototype
        assert.deepEqual(signedIn, hasAuthenticate ? [name, 'scope', {}] : null)
      }
    })
  }

  for (const { installed, packages, command } of [
    {
      installed: 'this package as @azure/identity',
      packages: { '@azure/identity': 'ours' },
      command: 'npm install @azure/identity-real@npm:@azure/identity',
    },
    {
      installed: 'this package',
      packages: { 'azure-openai-entra': 'ours' },
      command: 'npm install @azure/identity',
    },
  ]) {
    test(`says what to install if an app has only ${installed}`, async () => {
      const results = await outcome(packages)
      assert.equal(Object.keys(results).length, 5)
      for (const [name, [errorName, code, message]] of Object.entries(results)) {
        assert.deepEqual([errorName, code], ['CredentialUnavailableError', 'ENTRA_ID_UNAVAILABLE'])
        assert.ok(message.startsWith(`${name} needs `), message)
        assert.ok(message.includes(`Run ${command} and`), message)
      }
    })
  }
})

describe("Microsoft's own package", () => {
  for (const [name, args] of Object.entries(ARGUMENTS)) {
    test(`makes a ${name}`, () => {
      const credential = Reflect.construct(Reflect.get(entra, name), args)
      assert.equal(typeof credential.getToken, 'function')
      assert.deepEqual(
        Object.getOwnPropertyNames(Object.getPrototypeOf(credential)).includes('authenticate'),
        'authenticate' in theirs[name].prototype,
      )
    })
  }

  test('rejects with errors that instanceof recognises', async () => {
    const credential = new entra.DeviceCodeCredential(...ARGUMENTS.DeviceCodeCredential)
    await assert.rejects(credential.getToken(SCOPE), (error) => {
      assert.ok(error instanceof entra.AuthenticationRequiredError)
      assert.deepEqual(error.scopes, [SCOPE])
      return true
    })
  })

  test('refuses what it refuses by itself', () => {
    assert.throws(
      () => new entra.UsernamePasswordCredential('', CLIENT, 'user', secret('password')),
      (error) =>
        error instanceof entra.CredentialUnavailableError && /tenantId is a required/.test(error.message),
    )
  })
})

describe('an authentication record', () => {
  const record = {
    authority: 'login.microsoftonline.com',
    homeAccountId: 'account',
    clientId: CLIENT,
    tenantId: TENANT,
    username: 'user@example.com',
    version: '1.0',
  }

  test('is written and read as @azure/identity does', () => {
    const text = entra.serializeAuthenticationRecord(record)
    assert.equal(text, theirs.serializeAuthenticationRecord(record))
    assert.deepEqual(entra.deserializeAuthenticationRecord(text), record)
    assert.deepEqual(theirs.deserializeAuthenticationRecord(text), record)
  })

  test('is refused if it is of another version or no record, without its text', () => {
    const texts = [JSON.stringify({ ...record, version: '2.0' }), 'user@example.com', 1]
    for (const text of [...texts, 'null', '5', '"user@example.com"', '[]', 'true']) {
      assert.throws(
        () => entra.deserializeAuthenticationRecord(/** @type {string} */ (text)),
        ({ code, message }) => code === 'ENTRA_ID_CONFIGURATION' && !message.includes('user@'),
      )
    }
    const circle = {}
    circle.circle = circle
    for (const none of [undefined, null, 5, 'user@example.com', [], circle, { number: 5n }]) {
      assert.throws(
        () => entra.serializeAuthenticationRecord(/** @type {any} what an app may pass */ (none)),
        ({ code, message }) => code === 'ENTRA_ID_CONFIGURATION' && !message.includes('user@'),
      )
    }
    assert.throws(() => theirs.deserializeAuthenticationRecord(JSON.stringify({ ...record, version: '2.0' })))
  })
})

test('AzureAuthorityHosts has the hosts of @azure/identity', () => {
  assert.deepEqual(entra.AzureAuthorityHosts, theirs.AzureAuthorityHosts)
})

test('getDefaultAzureCredential makes a DefaultAzureCredential', () => {
  assert.ok(entra.getDefaultAzureCredential() instanceof entra.DefaultAzureCredential)
})
