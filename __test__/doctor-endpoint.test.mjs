import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { describe, test } from 'node:test'

import { hiding } from '../cli/doctor/echo.mjs'
import { addressOf, hiddenIn, unreached } from '../cli/doctor/endpoint.mjs'
import { startAzureOpenAI } from '../testkit/azure-openai.mjs'
import { withDoctor } from './support/doctor.mjs'
import { UsageError } from '../cli/usage.mjs'
import { close, listen } from '../testkit/listen.mjs'
import { secret } from '../testkit/secrets.mjs'
import { tls } from '../testkit/tls.mjs'

/** @typedef {import('./support/fixture.mjs').Azure} Azure */

/** What the portal shows to copy. */
const COPIED = ['/openai/deployments/other/chat/completions?api-version=old']

test('the address is that of the resource, however the endpoint is written', () => {
  /** @param {string} endpoint */
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

test('an endpoint of the v1 API is tried at its own path', () => {
  for (const folder of ['', '/gateway', '/api/projects/p']) {
    const v1 = `https://r.services.ai.azure.com${folder}/openai/v1`
    for (const tail of ['', '/', '/responses', '/chat/completions?api-version=old']) {
      assert.equal(addressOf({ endpoint: `${v1}${tail}` }).href, `${v1}/models`, tail)
      assert.equal(
        addressOf({ endpoint: `${v1}${tail}`, deployment: 'm' }).href,
        `${v1}/chat/completions`,
        tail,
      )
    }
    assert.equal(addressOf({ endpoint: v1, apiVersion: 'preview' }).href, `${v1}/models?api-version=preview`)
  }
  const classic = addressOf({ endpoint: 'https://r.openai.azure.com/openai/v1x' }).href
  assert.equal(classic, 'https://r.openai.azure.com/openai/models?api-version=2024-10-21')
})

test('what is no version of an API is refused, and told by its length', () => {
  const at = (/** @type {string} */ apiVersion) =>
    addressOf({ endpoint: 'https://r.openai.azure.com', apiVersion })
  for (const version of ['2024-10-21', '2025-04-01-preview', 'preview', 'latest', 'v1', '2025-04-01.1'])
    assert.equal(at(version).searchParams.get('api-version'), version)
  for (const version of ['', 'upsy#vcy$32!vxtz', 'purdle krintow', 'x'.repeat(41)]) {
    const said = `--api-version must be a version such as 2024-10-21 or preview, not a text of ${version.length} characters`
    assert.throws(
      () => at(version),
      (error) => error instanceof UsageError && error.message === said,
    )
  }
})

describe('what an answer echoes of the request', () => {
  const TEXT = `Summer!kq'3 & "horse"+tigér~(5)`
  const html = (/** @type {string} */ text) =>
    text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  const escaped = (/** @type {string} */ text) =>
    text.replaceAll(/[^a-z\d ]/gi, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
  /** @type {Record<string, (text: string) => string>} */
  const ENCODINGS = {
    'as it is': (text) => text,
    'in a path': encodeURIComponent,
    'in a path, in small letters': (text) => encodeURIComponent(text).toLowerCase(),
    'in a path, twice': (text) => encodeURIComponent(encodeURIComponent(text)),
    'in a query': (text) => new URLSearchParams({ text }).toString().slice(5),
    'in an address as it was sent': (text) =>
      new URL(`https://x.example/${encodeURIComponent(text)}`).pathname,
    'in JSON': (text) => JSON.stringify(text),
    'in JSON within JSON': (text) => JSON.stringify(JSON.stringify(text)),
    'in JSON of .NET': escaped,
    'in HTML': html,
    'in HTML of names': (text) =>
      text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    'in capitals': (text) => text.toUpperCase(),
    'cut off': (text) => `${text.slice(0, 18)}…`,
  }
  for (const [how, encode] of Object.entries(ENCODINGS))
    test(how, () => {
      const told = hiding([encodeURIComponent(TEXT)])(`DeploymentNotFound ${encode(TEXT)}.`)
      assert.match(told, /\[redacted\]/)
      assert.doesNotMatch(told, /Summer|horse|tig/i)
    })

  test('a short text only in its usual encodings, and nothing else', () => {
    const hide = hiding(['a b', ''])
    assert.equal(
      hide('no a b, a%20b or a+b is available'),
      'no [redacted], [redacted] or [redacted] is available',
    )
    assert.equal(hiding([])('Summer'), 'Summer')
  })

  test('a key in the host is hidden too', () => {
    const key = secret('x').slice(0, 32)
    assert.deepEqual(hiddenIn(new URL(`https://${key}.openai.azure.com/openai/v1/models`)), [key])
  })
})

test('if a proxy may be the only way out, it says how to make the request use it', () => {
  const url = new URL('https://r.openai.azure.com/')
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']) {
    const cause = Object.assign(new Error(code), { code })
    const { meaning, nextStep } = unreached(new TypeError('fetch failed', { cause }), url)
    // Behind a proxy a name that this machine does not find can exist all the same.
    const expected =
      code === 'ENOTFOUND'
        ? 'this machine finds no address of r.openai.azure.com'
        : `r.openai.azure.com cannot be reached: ${code}`
    assert.equal(meaning, expected)
    assert.match(nextStep ?? '', /set NODE_USE_ENV_PROXY=1.*HTTPS_PROXY/)
  }
})

describe('--endpoint', () => {
  /**
   * Runs `act` with an Azure OpenAI over TLS that takes the identity's tokens.
   *
   * @param {(bed: { azure: Azure, ask: (args?: string[], folder?: string) => Promise<import('./support/doctor.mjs').Report> }) => unknown} act
   */
  const onEndpoint = (act) =>
    withDoctor(async ({ identity, examine, ...rest }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      const variables = { ...identity.environment, AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost' }
      try {
        await act({
          ...rest,
          azure,
          ask: (/** @type {string[]} */ args = [], folder = '') =>
            examine(['--endpoint', `${azure.origin}/${folder}`, ...args], variables),
        })
      } finally {
        await azure.close()
      }
    })

  test('with a deployment one chat is sent, with a token and no key', () =>
    onEndpoint(async ({ azure, ask }) => {
      const { exitCode, endpoint, verdict } = await ask([
        '--deployment',
        'my model',
        '--api-version',
        '2025-01-01',
      ])
      assert.deepEqual([exitCode, endpoint.status], [0, 200])
      assert.match(verdict, /and the endpoint takes it/)
      const [{ method, path, query, headers }] = azure.requests
      assert.deepEqual(
        [azure.requests.length, method, path, query['api-version']],
        [1, 'POST', '/openai/deployments/my%20model/chat/completions', '2025-01-01'],
      )
      assert.match(headers.authorization, /^Bearer /)
      assert.equal(headers['api-key'], undefined)
    }))

  test('given …/openai/v1/, the chat goes there, and names the deployment in its body', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      const variables = { ...identity.environment, AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost' }
      try {
        const args = ['--endpoint', `${azure.origin}/openai/v1/`, '--deployment', 'm']
        const { exitCode, endpoint } = await examine(args, variables)
        assert.deepEqual([exitCode, endpoint.status], [0, 200])
        const [{ path, query, body }] = azure.requests
        assert.deepEqual(
          [path, query['api-version'], JSON.parse(body).model],
          ['/openai/v1/chat/completions', undefined, 'm'],
        )
      } finally {
        await azure.close()
      }
    }))

  test('without one the models are listed', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always({ body: { data: [] } })
      assert.equal((await ask()).exitCode, 0)
      assert.deepEqual([azure.requests[0].method, azure.requests[0].path], ['GET', '/openai/models'])
    }))

  test('a missing role is told with the role to assign, and exit code 3', () =>
    onEndpoint(async ({ azure, ask }) => {
      const message =
        'The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.'
      azure.always({ status: 401, body: { error: { code: 'PermissionDenied', message } } })
      const { exitCode, endpoint, verdict } = await ask(['--deployment', 'm'])
      assert.equal(exitCode, 3)
      assert.match(endpoint.nextStep, /Cognitive Services OpenAI User/)
      assert.match(endpoint.said, /lacks the required data action/)
      assert.match(
        verdict,
        /^ManagedIdentityCredential gives a token, but .*\n→ .*Cognitive Services OpenAI User/,
      )
    }))

  test('an answer that echoes the token and moves the cursor is shown without both', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always(({ headers }) => {
        const message = `you sent ${headers.authorization}\u001b[2J\r\n and more`
        return { status: 403, body: { error: { message } } }
      })
      const { endpoint } = await ask()
      assert.equal(endpoint.said, 'you sent Bearer (the token)[2J and more')
    }))

  test('an answer that echoes the token in lines is shown without it', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always(({ headers }) => {
        const message = `no ${headers.authorization?.slice('Bearer '.length).replaceAll(/.{5}/g, '$&\n')}`
        return { status: 403, body: { error: { message } } }
      })
      const { endpoint } = await ask()
      assert.equal(endpoint.said, 'no [redacted]')
    }))

  test('a key in Base64 in place of a folder of the endpoint is in no part of the report', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always(({ path }) => ({
        status: 404,
        body: { error: { code: 'NotFound', message: `no ${path}` } },
      }))
      const parts = ['1saqvkqzj', secret('x').slice(0, 22).toLowerCase(), 'nejtgyuo', 'xfk2bgz']
      for (const key of [parts.join('/'), `${secret('x').slice(0, 32)}/1saqvkqzj`, `1saqvkqzj/a+b=`]) {
        const { endpoint } = await ask([], key)
        assert.match(endpoint.url, /^https:\/\/[^/]+\/\[redacted\]\/openai\/models\?/)
        const told = JSON.stringify(endpoint)
        for (const part of parts) assert.ok(!told.includes(part), told)
      }
      const { endpoint } = await ask([], 'gateway/team-1/api/projects/gpt-4o')
      assert.match(endpoint.url, /\/gateway\/team-1\/api\/projects\/gpt-4o\/openai\/models\?/)
    }))

  test('a key in place of a deployment or a version is in no part of the report', () =>
    onEndpoint(async ({ azure, ask }) => {
      azure.always(({ path, query, body }) => {
        const message = `no ${decodeURIComponent(path)}, ${path}, ${JSON.stringify(query)}, ${body}`
        return { status: 404, body: { error: { code: 'DeploymentNotFound', message } } }
      })
      const random = secret('x')
      for (const key of [random.slice(0, 32), `Summer!${random.slice(0, 9)} & "${random.slice(0, 9)}"`]) {
        const reports = [await ask(['--deployment', key])]
        if (/^\w+$/.test(key))
          reports.push(await ask(['--api-version', key]), await ask(['--deployment', `my-${key}`]))
        for (const report of reports) {
          assert.match(report.endpoint.url, /\[redacted\]/)
          assert.ok(!JSON.stringify(report).includes(random.slice(0, 9)), report.endpoint.said)
          assert.match(report.endpoint.said, /^DeploymentNotFound: /)
        }
      }
      const { endpoint } = await ask(['--deployment', 'gpt-4o.v2', '--api-version', '2025-04-01-preview'])
      assert.match(
        endpoint.url,
        /\/deployments\/gpt-4o\.v2\/chat\/completions\?api-version=2025-04-01-preview$/,
      )
    }))

  test('without a token nothing is sent there', () =>
    withDoctor(async ({ examine }) => {
      const { exitCode, endpoint } = await examine(['--endpoint', 'https://x.openai.azure.com'], {})
      assert.deepEqual([exitCode, endpoint], [1, undefined])
    }))

  test('an endpoint whose certificate no CA here has signed', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      try {
        const { exitCode, endpoint } = await examine(['--endpoint', azure.origin], {
          ...identity.environment,
          AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
          NODE_EXTRA_CA_CERTS: undefined,
        })
        assert.equal(exitCode, 3)
        assert.match(endpoint.nextStep, /NODE_EXTRA_CA_CERTS/)
      } finally {
        await azure.close()
      }
    }))

  test('an endpoint whose answer never ends is read to a bound', () =>
    withDoctor(async ({ identity, examine }) => {
      const { key, cert, caFile } = await tls()
      const part = 'x'.repeat(64 * 1024)
      let sent = 0
      const server = createServer({ key, cert }, (_, response) => {
        response.writeHead(403)
        const fill = () => {
          do sent += part.length
          while (response.write(part))
          response.once('drain', fill)
        }
        fill()
      })
      const origin = `https://localhost:${await listen(server)}`
      try {
        const { exitCode, endpoint } = await examine(['--endpoint', origin], {
          ...identity.environment,
          AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
          NODE_EXTRA_CA_CERTS: caFile,
        })
        assert.deepEqual([exitCode, endpoint.status], [3, 403])
        // What the sockets hold goes out as well.
        assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`)
      } finally {
        await close(server)
      }
    }))

  test('an endpoint without a listener', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      await azure.close()
      const { exitCode, endpoint, verdict } = await examine(['--endpoint', azure.origin], {
        ...identity.environment,
        AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
      })
      assert.equal(exitCode, 3)
      assert.match(endpoint.meaning, /localhost:\d+ cannot be reached: ECONNREFUSED/)
      assert.match(verdict, /cannot be reached/)
    }))

  test('a host that gets no tokens is named, and nothing is sent', () =>
    withDoctor(async ({ identity, examine }) => {
      const azure = await startAzureOpenAI({ knows: identity.knows, tls: await tls() })
      try {
        const { exitCode, verdict } = await examine(['--endpoint', azure.origin], identity.environment)
        assert.equal(exitCode, 3)
        assert.match(
          verdict,
          /gives a token, but the endpoint gets none: No token is sent to .* AZURE_OPENAI_ENTRA_ALLOWED_HOSTS\. [^.]+\.$/,
        )
        assert.equal(azure.requests.length, 0)
      } finally {
        await azure.close()
      }
    }))
})
