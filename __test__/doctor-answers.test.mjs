import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { REFUSALS, meaningOf } from '../cli/doctor/answers.mjs'
import { Issuer } from '../testkit/assertions.mjs'
import { secret } from '../testkit/secrets.mjs'

/** @param {string} code @param {string} message */
const error = (code, message) => JSON.stringify({ error: { code, message } })

describe('what an answer of Azure OpenAI means', () => {
  for (const { answer, status, body, ok = false, meaning, nextStep, said } of [
    {
      answer: 'a missing role',
      status: 401,
      body: error(
        'PermissionDenied',
        'The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.',
      ),
      meaning: /has no access to this resource/,
      nextStep: /Cognitive Services OpenAI User/,
    },
    {
      answer: 'another audience',
      status: 401,
      body: JSON.stringify({
        statusCode: 401,
        message:
          'Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.',
      }),
      meaning: /not meant for this resource/,
      nextStep: /AZURE_OPENAI_ENTRA_SCOPE/,
    },
    {
      answer: 'an audience of its own',
      status: 401,
      body: JSON.stringify({
        error: { code: '401', message: 'audience is incorrect (https://ai.azure.com).' },
      }),
      meaning: /not meant for this resource/,
      nextStep: /^set AZURE_OPENAI_ENTRA_SCOPE, or --scope, to https:\/\/ai\.azure\.com\/\.default$/,
    },
    {
      answer: 'a regional address, or a gateway that takes the header away',
      status: 401,
      body: error(
        '401',
        'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      ),
      meaning: /the request has none/,
      nextStep: /Authorization header/,
    },
    {
      answer: 'API Management without its subscription key',
      status: 401,
      body: JSON.stringify({
        statusCode: 401,
        message:
          'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
      }),
      meaning: /API Management/,
      nextStep: /Ocp-Apim-Subscription-Key/,
    },
    {
      answer: 'a sign-in page that says 200',
      status: 200,
      body: '<!doctype html>\n<title>Sign in</title>',
      meaning: /a server other than Azure OpenAI answered 200/,
      nextStep: /sign-in page/,
      said: 'Sign in',
    },
    { answer: "a proxy's page", status: 403, body: '<html>', meaning: /HTML page/, nextStep: /proxy/ },
    {
      answer: 'another 401',
      status: 401,
      body: '',
      meaning: /refused/,
      nextStep: /the tenant and the cloud/,
    },
    {
      answer: 'no custom subdomain',
      status: 400,
      body: error(
        'BadRequest',
        'Please provide a custom subdomain for token authentication, otherwise API key is required.',
      ),
      meaning: /no custom subdomain/,
      nextStep: /custom subdomain/,
    },
    {
      answer: 'another tenant',
      status: 400,
      body: error(
        'Tenant provided in token does not match resource token',
        'Token tenant a does not match resource tenant.',
      ),
      meaning: /another tenant/,
      nextStep: /AZURE_TENANT_ID/,
    },
    {
      answer: 'disabled keys',
      status: 403,
      body: error('AuthenticationTypeDisabled', 'Key based authentication is disabled for this resource.'),
      meaning: /keys are disabled/,
      nextStep: /api-key/,
    },
    {
      answer: 'network rules',
      status: 403,
      body: error('403', 'Access denied due to Virtual Network/Firewall rules.'),
      meaning: /network rules/,
      nextStep: /networking/,
    },
    {
      answer: 'a private endpoint',
      status: 403,
      body: error('403', 'Public access is disabled. Please configure private endpoint.'),
      meaning: /private endpoint/,
      nextStep: /privatelink/,
    },
    { answer: 'another 403', status: 403, body: '', meaning: /does not let/, nextStep: /policies/ },
    {
      answer: 'no such deployment',
      status: 404,
      body: error('DeploymentNotFound', 'The API deployment for this resource does not exist.'),
      meaning: /no such deployment/,
      nextStep: /deployment's name/,
    },
    {
      answer: 'no such address',
      status: 404,
      body: error('404', 'Resource not found'),
      meaning: /no such address/,
      nextStep: /endpoint/,
    },
    {
      answer: 'a deployment that is not for chats',
      status: 400,
      body: error(
        'OperationNotSupported',
        'The chatCompletion operation does not work with the specified model.',
      ),
      ok: true,
      meaning: /accepted the token/,
      nextStep: /api-version/,
    },
    {
      answer: 'a rate limit',
      status: 429,
      body: '',
      ok: true,
      meaning: /rate limit/,
      nextStep: /tokens per minute/,
    },
    { answer: 'an outage', status: 503, body: '', meaning: /503/, nextStep: /retry/ },
    { answer: 'a redirect', status: 302, body: '', meaning: /302/, nextStep: /retry/ },
    { answer: 'a success', status: 200, body: '{}', ok: true, meaning: /accepted the token/ },
  ]) {
    test(answer, () => {
      const told = meaningOf(status, body)
      assert.equal(told.ok, ok)
      assert.match(told.meaning, meaning)
      if (nextStep) assert.match(told.nextStep ?? '', nextStep)
      else assert.equal(told.nextStep, undefined)
      if (said) assert.equal(told.said, said)
    })
  }

  for (const { status, sentences = [], meaning } of REFUSALS) {
    for (const sentence of sentences) {
      test(`"${sentence}" of a ${status} is told as the documentation has it`, () =>
        assert.equal(meaningOf(status, error('', sentence)).meaning, meaning))
    }
  }

  test('a resource of another cloud has its authority named', () => {
    const { nextStep } = meaningOf(
      401,
      error('401', 'audience is incorrect (https://cognitiveservices.azure.us)'),
    )
    assert.match(nextStep ?? '', /^set AZURE_AUTHORITY_HOST=https:\/\/login\.microsoftonline\.us:/)
  })

  test('a body of any shape is taken', () => {
    for (const body of [
      'null',
      '[]',
      '"text"',
      '{"error":"text"}',
      '{"error":{"code":{},"message":5}}',
      '\0',
    ]) {
      assert.equal(meaningOf(500, body).ok, false)
    }
  })
})

describe('what an answer says is told without a secret', () => {
  const html = (/** @type {string} */ text) => text.replaceAll(/\W/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const key = secret('x')
    .replaceAll(/[^a-f\d]/gi, '')
    .toLowerCase()
    .padEnd(32, '1a')
    .slice(0, 32)
  const password = `Sw0rd!$&${key.slice(0, 6)}`
  for (const said of [
    `Access denied: api-key=${key} is not valid`,
    `context.Request.Headers api-key:${key}`,
    `https://gw.example/openai/models?subscription-key=${key}&x=1`,
    `Incorrect API key provided: ${key}. You can`,
    `token:${key}`,
    `[${key}]`,
    `{api-key=[${key}], host=[x]}`,
    `Login failed: Server=tcp:db;User ID=sa;Password=${password};Encrypt=True`,
    html(`http://joe:${password}@proxy.example`),
    encodeURIComponent(`https://joe:${encodeURIComponent(password)}@proxy.example:8080`),
  ]) {
    for (const body of [error('401', said), error(said, 'm'), `<html><title>${said}</title>`])
      test(body, () => {
        const told = meaningOf(500, body).said ?? ''
        assert.match(told, /\[redacted\]/)
        assert.ok(!told.includes(key) && !told.includes(password.slice(0, 7)), told)
      })
  }
})

test('no part of the token that an answer repeats is shown, however it is written', () => {
  const token = new Issuer('https://login.example/v2.0', 'the-principal').mint(
    'https://cognitiveservices.azure.com',
  )
  const [, payload, signature] = token.split('.')
  const parts = [payload, signature].flatMap((part) => part.match(/.{16}/g) ?? [])
  const half = Math.floor(token.length / 2)
  const writings = [
    token,
    `${token.slice(0, half)}...`,
    `...${token.slice(half)}`,
    `${token.slice(0, 40)}…${token.slice(-40)}`,
    signature,
    payload,
    Buffer.from(`Bearer ${token}`).toString('base64'),
    encodeURIComponent(JSON.stringify({ Authorization: `Bearer ${token}` })),
    `https://gateway.example/${token}/x?token=${token}`,
    token.replaceAll(/.{60}/g, '$&\n'),
  ]
  for (const status of [200, 400, 401, 403, 404, 429, 500]) {
    for (const written of writings) {
      for (const body of [
        error('401', `invalid token '${written}'`),
        error(written, 'refused'),
        JSON.stringify({ message: written }),
        `<html><title>Denied: ${written}</title>`,
        written,
      ]) {
        const told = JSON.stringify(meaningOf(status, body))
        const base64 = writings[6].match(/.{16}/g) ?? []
        const leaks = [...parts, ...base64].filter((part) => told.includes(part))
        assert.deepEqual(leaks, [], `${status} ${body}`)
      }
    }
  }
})

test('the token that was sent is known, whatever its form and however an answer writes it', () => {
  const token = Buffer.from(`${secret('x')}${secret('y')}${secret('z')}`.repeat(6)).toString('base64url')
  const third = Math.ceil(token.length / 3)
  const bytes = [...Buffer.from(token)]
  const asked = { url: new URL('https://r.example/'), token }
  for (const written of [
    token,
    token.replaceAll(/.{10}/g, '$& '),
    token.replaceAll(/.{18}/g, '$&\n'),
    token.toLowerCase(),
    token.slice(third, 2 * third),
    token.slice(-third),
    bytes.join(', '),
    bytes.join('-'),
    bytes.map((byte) => byte.toString(16)).join(':'),
    bytes.map((byte) => `\\${byte.toString(8)}`).join(''),
    Buffer.from(token).toString('base64').replaceAll(/.{20}/g, '$&\n'),
  ]) {
    for (const body of [
      error('401', `no ${written}`),
      error(written, 'refused'),
      `<title>no ${written}</title>`,
    ]) {
      const { said } = meaningOf(401, body, asked)
      assert.match(said ?? '', /^(?:401: )?(?:no )?\[redacted\]\S{0,4} ?(?:: refused)?$/, written)
    }
  }
})
