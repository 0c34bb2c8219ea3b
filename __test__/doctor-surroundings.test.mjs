import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { withDoctor } from './support/doctor.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startStandIn } from '../testkit/stand-in.mjs'
import { tls } from '../testkit/tls.mjs'

/** @typedef {import('../cli/doctor/surroundings.mjs').Finding} Finding */

describe('the surroundings', () => {
  /** @param {import('./support/doctor.mjs').Report} report @param {string} name */
  const found = ({ surroundings }, name) =>
    /** @type {Required<Finding>} */ (surroundings.find(({ what }) => what === name))

  test('the authority answers, the clock agrees, the CA file is read', () =>
    withDoctor(async ({ authority, examine }) => {
      const report = await examine([], { AZURE_OPENAI_USE_ENTRA_ID: 'true' })
      assert.match(found(report, 'authority').found, new RegExp(`localhost:${authority.port} answered 200`))
      assert.deepEqual(found(report, 'clock'), {
        what: 'clock',
        ok: true,
        found: "agrees with the authority's",
      })
      assert.match(found(report, 'CA file').found, /from NODE_EXTRA_CA_CERTS: 1 certificate$/)
      assert.equal(found(report, 'switch').found, 'AZURE_OPENAI_USE_ENTRA_ID=true')
    }))

  for (const { value, told } of [
    { value: 'purdle krintow vasque', told: 'a text of 21 characters' },
    { value: 'purdle', told: 'a text of 6 characters' },
    { value: 'true-purdle', told: 'a text of 11 characters' },
    { value: '', told: 'a text of 0 characters' },
    { value: ' FALSE ', told: 'FALSE' },
    { value: '1', told: '1' },
  ]) {
    test(`what stands in the switch is shown only if it has the form of one: ${JSON.stringify(value)}`, () =>
      withDoctor(async ({ examine }) => {
        const report = await examine([], { AZURE_OPENAI_USE_ENTRA_ID: value })
        assert.equal(
          found(report, 'switch').found,
          `AZURE_OPENAI_USE_ENTRA_ID=${told}: LibreChat continues with keys`,
        )
      }))
  }

  for (const { pinned, ok, says, nextStep } of [
    { ok: true, says: /^not pinned/, nextStep: /^set AZURE_OPENAI_ENTRA_HOSTS/ },
    { pinned: 'mine.openai.azure.com', ok: true, says: /^pinned by AZURE_OPENAI_ENTRA_HOSTS$/ },
    { pinned: ' ,', ok: false, says: /names none/, nextStep: /^set it to your resource's host/ },
  ]) {
    test(`the doctor says whether hosts are pinned: ${JSON.stringify(pinned)}`, () =>
      withDoctor(async ({ examine }) => {
        const hosts = found(await examine([], { AZURE_OPENAI_ENTRA_HOSTS: pinned }), 'hosts')
        assert.equal(hosts.ok, ok)
        assert.match(hosts.found, says)
        assert.match(hosts.nextStep ?? '', nextStep ?? /^$/)
      }))
  }

  test('an authority that is not there, and a CA file that is not either, are named', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], {
        AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1',
        SSL_CERT_FILE: '/nowhere/ca.pem',
      })
      assert.equal(found(report, 'authority').ok, false)
      assert.match(found(report, 'authority').found, /127\.0\.0\.1:1/)
      const [file] = report.surroundings.filter(({ found: text }) => text.includes('SSL_CERT_FILE'))
      assert.deepEqual(
        [file.ok, file.found],
        [
          false,
          'the file /nowhere/ca.pem, named by SSL_CERT_FILE, could not be read: No such file or directory (os error 2)',
        ],
      )
    }))

  /**
   * Runs `act` with the address of an authority whose metadata is `answer`, and the variables that lead to it.
   *
   * @param {import('../testkit/stand-in.mjs').Answer} answer
   * @param {(variables: Record<string, string>) => unknown} act
   */
  const withMetadata = async (answer, act) => {
    const certificate = await tls()
    const server = await startStandIn({ tls: certificate, respond: () => answer })
    try {
      await act({ AZURE_AUTHORITY_HOST: server.origin, NODE_EXTRA_CA_CERTS: certificate.caFile })
    } finally {
      await server.close()
    }
  }

  test('a clock that is off is told with how much', () =>
    withDoctor(({ examine }) => {
      const date = new Date(Date.now() - 3_600_000).toUTCString()
      const answer = { headers: { date }, body: { token_endpoint: 'https://login.example/token' } }
      return withMetadata(answer, async (variables) => {
        const { ok, found: told, nextStep } = found(await examine([], variables), 'clock')
        assert.equal(ok, false)
        assert.match(told, /^36\d\d s ahead of the authority's$/)
        assert.match(nextStep, /NTP/)
      })
    }))

  test('a sign-in page in place of the authority is not taken for it', () =>
    withDoctor(({ examine }) => {
      const page = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in to the network</html>' }
      return withMetadata(page, async (variables) => {
        const { ok, found: told } = found(await examine([], variables), 'authority')
        assert.equal(ok, false)
        assert.match(told, /proxy or a sign-in page/)
      })
    }))

  test('a certificate that no CA here has signed has its own next step', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], { NODE_EXTRA_CA_CERTS: undefined })
      assert.match(found(report, 'authority').found, /UnknownIssuer\. Set NODE_EXTRA_CA_CERTS to a PEM file/)
    }))

  test('a tenant that the authority does not know is told', () =>
    withDoctor(({ examine }) =>
      withMetadata({ status: 400, body: { error: 'invalid_tenant' } }, async (variables) => {
        const { ok, nextStep } = found(await examine([], variables), 'authority')
        assert.equal(ok, false)
        assert.match(nextStep, /AZURE_TENANT_ID/)
      }),
    ))

  test("a proxy is named by its host, without the user's password", () =>
    withDoctor(async ({ doctor }) => {
      const password = secret('proxy-password')
      const { stdout } = await doctor(['doctor', '--json'], {
        HTTPS_PROXY: `http://user:${password}@127.0.0.1:1`,
        NO_PROXY: 'internal.example',
      })
      const report = JSON.parse(stdout)
      const proxy = found(report, 'proxy')
      assert.equal(proxy.found, '127.0.0.1:1, from HTTPS_PROXY; not for internal.example, from NO_PROXY')
      assert.equal(proxy.ok, false, 'nothing comes back by it')
      assert.match(found(report, 'authority').found, /Check that the proxy of HTTPS_PROXY is running/)
      assert.ok(!stdout.includes(password))
    }))

  test('of an exception to the proxy its host is told, or its block of addresses, and no path', () =>
    withDoctor(async ({ examine }) => {
      const key = secret('key').slice(0, 32)
      const set = `proxy.corp/${key}, https://a.example/x/${key} 10.0.0.0/8;.b.example`
      const report = await examine([], { HTTPS_PROXY: 'localhost:1', NO_PROXY: set })
      assert.equal(
        found(report, 'proxy').found,
        'localhost:1, from HTTPS_PROXY; not for proxy.corp, https://a.example 10.0.0.0/8;.b.example, from NO_PROXY',
      )
    }))

  for (const sign of ['/', '?', '#', '\\', '@'])
    test(`a password with ${sign} in it in place of a proxy and of its exceptions: no part is told`, () =>
      withDoctor(async ({ doctor }) => {
        const parts = ['A1b', 'C2d'].map((part) => part + secret('part').slice(0, 9))
        const password = parts.join(sign)
        for (const variables of [
          { HTTPS_PROXY: password },
          { HTTPS_PROXY: `http://${password}` },
          { HTTPS_PROXY: 'localhost:1', NO_PROXY: `${password},b.example` },
        ]) {
          const { stdout } = await doctor(['doctor', '--json'], variables)
          for (const part of parts) assert.ok(!stdout.toLowerCase().includes(part.toLowerCase()), stdout)
        }
      }))

  test('of a value with a line break, no part is told: joined, it looks like a host', () =>
    withDoctor(async ({ doctor }) => {
      for (const breaking of ['\n', '\r\n', '\t'])
        for (const name of ['HTTPS_PROXY', 'ALL_PROXY', 'PROXY', 'AZURE_KUBERNETES_TOKEN_PROXY']) {
          const value = `https://Tiger7${breaking}horse`
          const variables = { [name]: value, AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true' }
          const { stdout } = await doctor(['doctor', '--json'], variables)
          assert.match(stdout, new RegExp(`from ${name}`))
          assert.doesNotMatch(stdout, /tiger7|horse/i)
        }
    }))

  test('a proxy without a scheme is named too, as the core takes it', () =>
    withDoctor(async ({ examine }) => {
      for (const address of ['localhost:1', '127.0.0.1:1', 'user:password@localhost:1']) {
        const report = await examine([], { HTTPS_PROXY: address })
        assert.equal(found(report, 'proxy').found, `${address.split('@').at(-1)}, from HTTPS_PROXY`)
      }
    }))

  test('a proxy of a kind that is not supported is not said to be down', () =>
    withDoctor(async ({ examine }) => {
      const report = await examine([], { HTTPS_PROXY: 'socks5://127.0.0.1:1' })
      assert.deepEqual(found(report, 'proxy'), {
        what: 'proxy',
        ok: false,
        found: '127.0.0.1:1, from HTTPS_PROXY',
      })
      assert.match(found(report, 'authority').found, /the only supported kind/)
    }))
})
