import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { BODY, CHAT } from './support/internet.mjs'
import { REFUSED, onRevoked } from './support/revoked.mjs'

const POST = { method: 'POST', body: BODY }

describe('a body that cannot be sent again: the token is fetched again, the caller gets the response unchanged', () => {
  const stream = () => new Blob([BODY]).stream()
  for (const {
    as,
    call,
  } of /** @type {{ as: string, call: (send: typeof fetch) => Promise<Response> }[]} */ ([
    { as: 'a stream', call: (send) => send(CHAT, { method: 'POST', body: stream(), duplex: 'half' }) },
    { as: "a Request's own", call: (send) => send(new Request(CHAT, POST)) },
    {
      as: 'an async iterable',
      call: (send) =>
        send(CHAT, {
          method: 'POST',
          duplex: 'half',
          body: (async function* () {
            yield Buffer.from(BODY)
          })(),
        }),
    },
  ])) {
    test(as, () =>
      onRevoked(async ({ send, azure, source }) => {
        const response = await call(send)
        assert.equal(response.status, 401)
        assert.deepEqual(await response.json(), REFUSED)
        assert.equal(azure.requests.length, 1)
        assert.equal(azure.requests[0].body, BODY)
        assert.equal(source.requests.length, 2)
        assert.equal((await call(send)).status, 200)
      }),
    )
  }
})

describe('a body that can be', () => {
  const form = new FormData()
  form.set('field', 'value')
  form.set('file', new Blob(['content']), 'name.txt')
  for (const { as, body, sent } of [
    { as: 'bytes', body: Buffer.from(BODY), sent: BODY },
    { as: 'an ArrayBuffer', body: new TextEncoder().encode(BODY).buffer, sent: BODY },
    { as: 'a Blob', body: new Blob([BODY]), sent: BODY },
    { as: 'URLSearchParams', body: new URLSearchParams({ a: '1' }), sent: 'a=1' },
    { as: 'a form', body: form, sent: /name="field"\r\n\r\nvalue.*filename="name\.txt".*content/s },
  ]) {
    test(as, () =>
      onRevoked(async ({ send, azure }) => {
        assert.equal((await send(CHAT, { method: 'POST', body })).status, 200)
        assert.equal(azure.requests.length, 2)
        for (const request of azure.requests) {
          if (sent instanceof RegExp) assert.match(request.body, sent)
          else assert.equal(request.body, sent)
        }
      }),
    )
  }

  test('none', () =>
    onRevoked(async ({ send, azure }) => {
      for (const call of [
        () => send(CHAT),
        () => send(new Request(CHAT)),
        () => send(CHAT, { method: 'GET' }),
      ]) {
        assert.equal((await call()).status, 200)
      }
      assert.equal(azure.requests.length, 4)
    }))
})
