import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { meaningOf } from '../cli/doctor/answers.mjs'
import { addressOf, unreached } from '../cli/doctor/endpoint.mjs'

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
      meaning: /may not use this resource/,
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
      answer: 'a regional address, or a gateway that takes the header away',
      status: 401,
      body: error(
        '401',
        'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      ),
      meaning: /no key was in it/,
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
      meaning: /something else than Azure OpenAI answered 200/,
      nextStep: /sign-in page/,
      said: 'Sign in',
    },
    { answer: "a proxy's page", status: 403, body: '<html>', meaning: /HTML page/, nextStep: /proxy/ },
    { answer: 'another 401', status: 401, body: '', meaning: /refused/, nextStep: /tenant and cloud/ },
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
      nextStep: /name of the deployment/,
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
      meaning: /took the token/,
    },
    { answer: 'a rate limit', status: 429, body: '', ok: true, meaning: /rate limit/ },
    { answer: 'an outage', status: 503, body: '', meaning: /503/, nextStep: /again/ },
    { answer: 'a redirect', status: 302, body: '', meaning: /302/, nextStep: /again/ },
    { answer: 'a success', status: 200, body: '{}', ok: true, meaning: /took the token/ },
  ]) {
    test(answer, () => {
      const told = meaningOf(status, body)
      assert.equal(told.ok, ok)
      assert.match(told.meaning, meaning)
      if (nextStep) assert.match(told.nextStep, nextStep)
      else assert.equal(told.nextStep, undefined)
      if (said) assert.equal(told.said, said)
    })
  }

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

/** What the portal shows to copy. */
const COPIED = ['/openai/v1/', '/openai/deployments/other/chat/completions?api-version=old']

test('the address is that of the resource, however the endpoint is written', () => {
  const at = (endpoint) => addressOf({ endpoint, deployment: 'm', apiVersion: 'v' }).href
  const expected = 'https://r.openai.azure.com/openai/deployments/m/chat/completions?api-version=v'
  for (const tail of ['', '/', '/openai', '/openai/', '/?api-version=old', ...COPIED]) {
    assert.equal(at(`https://r.openai.azure.com${tail}`), expected, tail)
  }
  assert.equal(
    at('https://gateway.example/azure/'),
    'https://gateway.example/azure/openai/deployments/m/chat/completions?api-version=v',
  )
})

test('where a proxy may be the only way out, it is said how the request takes it', () => {
  const url = new URL('https://r.openai.azure.com/')
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']) {
    const cause = Object.assign(new Error(code), { code })
    const { meaning, nextStep } = unreached(new TypeError('fetch failed', { cause }), url)
    assert.match(meaning, /r\.openai\.azure\.com/)
    // Behind a proxy a name that is not found here can be one all the same.
    assert.doesNotMatch(meaning, /no such host/)
    assert.match(nextStep, /HTTPS_PROXY with NODE_USE_ENV_PROXY=1/)
  }
})
