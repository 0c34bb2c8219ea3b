import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { aadsts, startAuthority } from '../testkit/authority.mjs'
import { ANSWER } from '../testkit/azure-openai.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'
import { assertKeyless, onTestbed, strayKeys } from './support/fixture.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'

/** @param {Record<string, string | undefined>} [variables] */
const demo = (variables) => run([process.execPath, 'examples/demo/demo.mjs'], { variables })

/** The value in a row of the demo's tables. @param {string} stdout @param {string} name */
const row = (stdout, name) => new RegExp(`^ +${name} {2,}(.*)$`, 'm').exec(stdout)?.[1]

/**
 * A service that is named in the environment, beside keys that must not be used.
 *
 * @param {import('./support/fixture.mjs').Testbed} testbed
 */
const real = ({ source, azure }) => ({
  ...source.environment,
  ...strayKeys(),
  AZURE_OPENAI_ENDPOINT: azure.origin,
})

describe('the demo on its stand-ins', () => {
  test('streams a chat, then more, and tells what they cost', async () => {
    const { code, stdout, stderr } = await demo()
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /^azure-openai-entra with stand-ins /)
    assert.equal(stdout.match(/^ {2}you /gm)?.length, 4)
    assert.equal(stdout.match(/^ {2}model {2}\S/gm)?.length, 4)
    assert.equal(row(stdout, 'credential'), 'ManagedIdentityCredential')
    assert.match(row(stdout, 'expires') ?? '', /^\d\d:\d\d:\d\d, in (59|60) min$/)
    assert.equal(row(stdout, 'chats'), '4')
    assert.equal(row(stdout, 'identity requests'), '1')
    assert.match(stdout, /What Azure OpenAI saw, 4 times/)
    assert.match(row(stdout, 'authorization') ?? '', /^Bearer \*{8} \(77 characters, hash [0-9a-f]{4}\)$/)
    assert.equal(row(stdout, 'api-key'), 'none')
    assert.equal(row(stdout, 'different tokens'), '1')
  })

  test('writes no colours unless the output is a terminal', async () => {
    const { stdout } = await demo()
    assert.ok(stdout.length > 0)
    assert.ok(!stdout.includes('\u001b'))
  })

  test('stays on this machine, whatever the environment holds', async () => {
    const elsewhere = await startStandIn({ respond: () => ({ status: 500 }) })
    try {
      const { code, stdout, stderr } = await demo({
        ...strayKeys(),
        AZURE_TENANT_ID: 'tenant',
        AZURE_CLIENT_ID: 'client',
        AZURE_CLIENT_SECRET: 'never sent',
        AZURE_OPENAI_ENDPOINT: elsewhere.origin,
        OPENAI_BASE_URL: elsewhere.origin,
        IDENTITY_SERVER_THUMBPRINT: 'thumbprint',
        HTTP_PROXY: elsewhere.origin,
        HTTPS_PROXY: elsewhere.origin,
      })
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, /stand-ins .* \(AZURE_OPENAI_DEPLOYMENT is not set\)/)
      assert.equal(row(stdout, 'credential'), 'ManagedIdentityCredential')
      assert.equal(row(stdout, 'identity requests'), '1')
      assert.equal(elsewhere.requests.length, 0)
    } finally {
      await elsewhere.close()
    }
  })
})

describe('the demo on a service of the environment', () => {
  for (const { variable, start } of [
    { variable: 'AZURE_OPENAI_DEPLOYMENT', start: startIdentity },
    { variable: 'AZURE_OPENAI_API_DEPLOYMENT_NAME', start: startAuthority },
  ]) {
    test(`${variable}: asks that deployment with a token of the chain that is set up`, () =>
      onTestbed({ start }, async ({ source, azure }) => {
        const { code, stdout, stderr } = await demo({ ...real({ source, azure }), [variable]: 'my-gpt' })
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
        assert.ok(stdout.startsWith(`azure-openai-entra with my-gpt at ${azure.origin}\n`))
        assert.equal(stdout.split(ANSWER).length - 1, 4)
        assert.equal(row(stdout, 'credential'), source.credential)
        assert.equal(row(stdout, 'identity requests'), '1')
        assert.match(azure.requests[0].path, /^\/openai\/deployments\/my-gpt\//)
        assertKeyless({ source, azure }, 4)
      }))
  }

  test('a refusal: only the reason, and exit code 1', () =>
    onTestbed({ start: startAuthority }, async ({ source, azure }) => {
      source.always(aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.'))
      const variables = { ...real({ source, azure }), AZURE_OPENAI_DEPLOYMENT: 'my-gpt' }
      const { code, stderr } = await demo(variables)
      assert.equal(code, 1)
      assert.match(stderr, /^\nNo answer\. .*EnvironmentCredential.*AADSTS7000215/s)
      assert.ok(!/\n\s+at /.test(stderr), stderr)
      assert.equal(azure.requests.length, 0)
    }))

  test('Azure OpenAI refuses: what it says, and exit code 1', () =>
    onTestbed({ start: startIdentity }, async ({ source, azure }) => {
      const message = 'Principal does not have access to API/Operation.'
      azure.always({ status: 403, body: { error: { code: 'PermissionDenied', message } } })
      const variables = { ...real({ source, azure }), AZURE_OPENAI_DEPLOYMENT: 'my-gpt' }
      const { code, stderr } = await demo(variables)
      assert.equal(code, 1)
      assert.equal(stderr, `\nNo answer. 403 ${message}\n`)
    }))
})
