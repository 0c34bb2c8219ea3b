import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import entra from '../../index.js'
import { client, versionOf } from '../support/clients.mjs'
import { Issuer } from '../../testkit/assertions.mjs'
import { startAuthority } from '../../testkit/authority.mjs'
import { withEnvironment } from '../../testkit/environment.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { startStandIn } from '../../testkit/stand-in.mjs'

const SCOPE = 'https://cognitiveservices.azure.com/.default'
const AUDIENCE = 'api://AzureADTokenExchange'
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** The recipe of docs/federation.md, with what it requires and takes for granted. */
const recipe = () => {
  const page = readFileSync(new URL('../../docs/federation.md', import.meta.url), 'utf8')
  const [, aws] = page.split('\n## AWS\n')
  const [, code] = /```js\n([^]*?)```/.exec(aws) ?? []
  assert.ok(code, 'docs/federation.md has a recipe for AWS')
  return new Function('require', 'tenantId', 'clientId', `${code}\nreturn credential`)
}

/** AWS's STS, over its query protocol, for one access key. @param {string} accessKey @param {Issuer} issuer */
const startSts = (accessKey, issuer) =>
  startStandIn({
    respond: ({ method, body, headers }) => {
      const form = Object.fromEntries(new URLSearchParams(body))
      const isSigned = headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKey}/`)
      if (method !== 'POST' || !isSigned) return { status: 403, body: '' }
      if (form.Action !== 'GetWebIdentityToken' || form.SigningAlgorithm !== 'RS256') {
        return { status: 400, body: '' }
      }
      const token = issuer.mint(form['Audience.member.1'])
      const expires = new Date(Date.now() + Number(form.DurationSeconds) * 1000).toISOString()
      const result = `<WebIdentityToken>${token}</WebIdentityToken><Expiration>${expires}</Expiration>`
      return {
        headers: { 'content-type': 'text/xml' },
        body:
          `<GetWebIdentityTokenResponse xmlns="${NAMESPACE}"><GetWebIdentityTokenResult>${result}` +
          '</GetWebIdentityTokenResult></GetWebIdentityTokenResponse>',
      }
    },
  })

test(`the recipe for AWS exchanges a token of its STS, by @aws-sdk/client-sts ${versionOf('@aws-sdk/client-sts')}`, async () => {
  const issuer = new Issuer(
    'https://11111111.tokens.sts.global.api.aws',
    'arn:aws:iam::123456789012:role/chat',
  )
  const accessKey = secret('access-key')
  const authority = await startAuthority({ trusts: (it) => issuer.minted.get(it) === AUDIENCE })
  const sts = await startSts(accessKey, issuer)
  const { AZURE_CLIENT_SECRET: _, ...common } = authority.environment
  const variables = {
    ...common,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secret('secret-access-key'),
    AWS_ENDPOINT_URL_STS: sts.origin,
  }
  try {
    await withEnvironment(variables, async () => {
      const required = (/** @type {string} */ name) => (name === 'azure-openai-entra' ? entra : client(name))
      const credential = recipe()(required, authority.tenantId, authority.clientId)
      entra.clearTokenCache()
      const { token } = await credential.getToken(SCOPE)
      assert.ok(authority.knows(token))
      assert.equal((await credential.getToken(SCOPE)).token, token)
      assert.equal(sts.requests.length, 1)
      const [assertion] = issuer.minted.keys()
      assert.equal(authority.tokenRequests()[0].form.client_assertion, assertion)
    })
  } finally {
    await Promise.all([sts.close(), authority.close()])
  }
})
