import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import entra from '../index.js'
import { startGitHubActions, startGoogleCloud } from '../testkit/assertions.mjs'
import { startAuthority } from '../testkit/authority.mjs'
import { startAzureOpenAI } from '../testkit/azure-openai.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { chatThrough, skipProxy, startProxyProgram } from '../testkit/proxy-program.mjs'
import { tls } from '../testkit/tls.mjs'

const { DefaultAzureCredential, WorkloadIdentityCredential, clearTokenCache } = entra
const SCOPE = 'https://cognitiveservices.azure.com/.default'
const AUDIENCE = 'api://AzureADTokenExchange'

/** The host of a managed identity as a source of assertions. */
const startHost = async () => {
  const host = await startIdentity()
  return { ...host, environment: { ...host.environment, AZURE_OPENAI_ENTRA_ASSERTION: 'managed-identity' } }
}

/**
 * @typedef {import('../testkit/stand-in.mjs').StandIn & {
 *   environment: Record<string, string>, issuer?: Awaited<ReturnType<typeof startGoogleCloud>>['issuer'],
 *   knows?: (token: string) => boolean,
 * }} Source of assertions
 *
 * @typedef {{ source: Source, authority: import('../testkit/authority.mjs').Authority, variables: Record<string, string> }} Testbed
 */

/**
 * Each source, and what its requests for assertions name as their audience.
 *
 * @type {Record<string, { start: () => Promise<Source>, audience: (request: import('../testkit/stand-in.mjs').Request) => string }>}
 */
const SOURCES = {
  'GitHub Actions': {
    start: async () => startGitHubActions(await tls()),
    audience: ({ query }) => query.audience,
  },
  'Google Cloud': { start: startGoogleCloud, audience: ({ query }) => query.audience },
  'a managed identity': { start: startHost, audience: ({ query }) => query.resource },
}

/**
 * Calls `act` with the source, an authority that trusts `trusted` of its assertions, and the variables of both.
 *
 * @param {() => Promise<Source>} start
 * @param {boolean} trusted
 * @param {(testbed: Testbed) => unknown} act
 */
async function onFederation(start, trusted, act) {
  const source = await start()
  /** @param {string} assertion */
  const isMinted = (assertion) =>
    source.issuer?.minted.get(assertion) === AUDIENCE || source.knows?.(assertion) === true
  const authority = await startAuthority({ trusts: (assertion) => trusted && isMinted(assertion) })
  const { AZURE_CLIENT_SECRET: _, ...common } = authority.environment
  clearTokenCache()
  try {
    await withEnvironment({ ...common, ...source.environment, AZURE_TOKEN_CREDENTIALS: 'prod' }, () =>
      act({ source, authority, variables: { ...common, ...source.environment } }),
    )
  } finally {
    await Promise.all([source.close(), authority.close()])
  }
}

test('the class needs a token file only without another source, and refuses two at once', async () => {
  const application = { tenantId: 'contoso.example', clientId: 'app' }
  /** @type {Record<string, RegExp | undefined>} */
  const chosen = {
    '': /tokenFilePath is a required parameter/,
    ' "File" ': /tokenFilePath is a required parameter/,
    ' "Google-Cloud" ': undefined,
  }
  for (const [AZURE_OPENAI_ENTRA_ASSERTION, refused] of Object.entries(chosen)) {
    await withEnvironment({ AZURE_OPENAI_ENTRA_ASSERTION }, () => {
      const make = () => new WorkloadIdentityCredential(application)
      if (refused) assert.throws(make, refused)
      else make()
    })
  }
  const both = { ...application, assertion: /** @type {const} */ ('google-cloud'), tokenFilePath: '/token' }
  assert.throws(() => new WorkloadIdentityCredential(both), /only one of 'assertion' and 'tokenFilePath'/)
  assert.throws(
    () => new WorkloadIdentityCredential({ ...application, assertion: /** @type {any} no text */ (1) }),
    /assertion must be a string/,
  )
})

for (const [name, { start, audience }] of Object.entries(SOURCES)) {
  describe(name, () => {
    test('vouches for the application in the default chain, with an assertion for each exchange', () =>
      onFederation(start, true, async ({ source, authority }) => {
        for (const exchanges of [1, 2]) {
          clearTokenCache()
          const { token } = await new DefaultAzureCredential().getToken(SCOPE)
          assert.ok(authority.knows(token))
          assert.deepEqual(source.requests.map(audience), Array(exchanges).fill(AUDIENCE))
          assert.equal(authority.tokenRequests().length, exchanges)
        }
        const forms = authority.tokenRequests().map(({ form }) => form)
        for (const form of forms) assert.equal(form.client_id, authority.clientId)
        assert.equal(new Set(forms.map((form) => form.client_assertion)).size, 2)
      }))

    test('vouches for the application in WorkloadIdentityCredential, chosen by the variable or by the option', () =>
      onFederation(start, true, async ({ source, authority, variables }) => {
        const assertion = /** @type {'github-actions'} one of them */ (variables.AZURE_OPENAI_ENTRA_ASSERTION)
        const made = [new WorkloadIdentityCredential()]
        delete process.env.AZURE_OPENAI_ENTRA_ASSERTION
        made.push(new WorkloadIdentityCredential({ assertion }))
        for (const [index, credential] of made.entries()) {
          if (index === 0) process.env.AZURE_OPENAI_ENTRA_ASSERTION = assertion
          else delete process.env.AZURE_OPENAI_ENTRA_ASSERTION
          clearTokenCache()
          const { token } = await credential.getToken(SCOPE)
          assert.ok(authority.knows(token))
        }
        assert.deepEqual(source.requests.map(audience), [AUDIENCE, AUDIENCE])
      }))

    test('vouches for the application in the proxy', { skip: skipProxy }, () =>
      onFederation(start, true, async ({ source, authority, variables }) => {
        const azure = await startAzureOpenAI({ knows: authority.knows, tls: await tls() })
        const proxy = await startProxyProgram({
          upstream: azure.origin,
          variables: { ...variables, SSL_CERT_FILE: authority.caFile },
        })
        try {
          const answer = await chatThrough(proxy)
          assert.equal(answer.status, 200, proxy.log())
          assert.equal(audience(source.requests[0]), AUDIENCE)
        } finally {
          await proxy.stop()
          await azure.close()
        }
      }),
    )

    test('a refused assertion is minted again once, and the error never shows it', () =>
      onFederation(start, false, async ({ source, authority }) => {
        const error = await new DefaultAzureCredential().getToken(SCOPE).then(
          () => assert.fail('it gives a token'),
          (/** @type {Error} */ thrown) => thrown,
        )
        assert.deepEqual([source.requests.length, authority.tokenRequests().length], [2, 2])
        assert.match(error.message, /AADSTS700211/)
        for (const { form } of authority.tokenRequests()) {
          assert.ok(form.client_assertion.split('.').every((part) => !error.message.includes(part)))
        }
        if (!source.issuer) return
        const { iss, sub } = source.issuer.claims
        const claims = `the issuer '${iss}', the subject '${sub}' and the audience '${AUDIENCE}'`
        assert.ok(error.message.includes(claims), error.message)
        const command = `az identity federated-credential create --name azure-openai --identity-name <identity> --resource-group <group> --issuer "${iss}" --subject "${sub}" --audiences "${AUDIENCE}"`
        assert.ok(error.message.includes(command), error.message)
      }))
  })
}
