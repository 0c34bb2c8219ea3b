import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { PROXY, PROXY_TARGETS } from '../scripts/build-proxy.mjs'
import { buildByProfile, instrumented, placesOfTool, whyNotHere } from '../scripts/platforms/profile.mjs'
import { LOAD, train } from '../scripts/platforms/training.mjs'
import { skipProxy, TESTED_PROXY } from '../testkit/proxy-program.mjs'

const [X64, ARM64, MAC] = ['linux-x64', 'linux-arm64', 'darwin-arm64'].map((name) => {
  const target = PROXY_TARGETS.find(({ platform }) => platform === name)
  assert.ok(target)
  return target
})
const BUILD = { library: { name: 'rustup' }, flags: ['--remap-path-prefix=/a/='], crate: PROXY }

describe('the profile of the proxy', () => {
  test('is taken only of a program for Linux that this machine can run', () => {
    const onX64 = { platform: 'linux', arch: 'x64' }
    assert.equal(whyNotHere(X64, BUILD, onX64), undefined)
    assert.equal(whyNotHere(ARM64, BUILD, { platform: 'linux', arch: 'arm64' }), undefined)
    assert.equal(whyNotHere(ARM64, BUILD, onX64), 'this machine cannot run it')
    assert.equal(
      whyNotHere(MAC, BUILD, { platform: 'darwin', arch: 'arm64' }),
      'only those for Linux have one',
    )
    const debian = { library: { name: 'Debian, built here' } }
    assert.equal(whyNotHere(X64, debian, onX64), "the standard library is not rustup's")
  })

  test("is merged by a tool of the compiler's own LLVM", () => {
    const version = 'rustc 1.95.0\nbinary: rustc\nhost: aarch64-unknown-linux-gnu\nLLVM version: 22.1.2\n'
    assert.deepEqual(placesOfTool(version, '/rust'), [
      '/rust/lib/rustlib/aarch64-unknown-linux-gnu/bin/llvm-profdata',
      '/usr/lib/llvm-22/bin/llvm-profdata',
    ])
    assert.throws(() => placesOfTool('rustc 1.95.0', '/rust'), /does not say its host and its LLVM: rustc/)
  })

  test('is of a program with the flags of the released one, by the plain linker', () => {
    const { command, env, program } = instrumented(ARM64, BUILD, '/out')
    assert.equal(
      command.join(' '),
      'cargo build --release --locked --package azure-openai-entra-proxy --target aarch64-unknown-linux-musl --target-dir /out',
    )
    assert.deepEqual(env, {
      RUSTFLAGS:
        '--remap-path-prefix=/a/= -Cprofile-generate -Copt-level=z -Cllvm-args=-preinline-threshold=20',
      CC_aarch64_unknown_linux_musl: 'cc',
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER: 'cc',
    })
    assert.equal(program, '/out/aarch64-unknown-linux-musl/release/azure-openai-entra-proxy')
  })
})

describe('a build by a profile', () => {
  /**
   * What `compile` was asked for and what was said on stderr.
   *
   * @param {() => Promise<string[]>} take
   * @param {(flags: string[]) => Promise<unknown>} [compile]
   */
  const built = async (take, compile = async () => {}) => {
    /** @type {string[][]} */
    const asked = []
    const write = process.stderr.write
    let said = ''
    process.stderr.write = (/** @type {unknown} */ text) => Boolean((said += text))
    const end = await buildByProfile(X64, BUILD, (flags) => (asked.push(flags), compile(flags)), take)
      .catch(({ message }) => message)
      .finally(() => (process.stderr.write = write))
    return { asked, said, end }
  }
  const ended = (/** @type {string} */ message) => Promise.reject(new Error(message))

  test('is compiled with it once', async () => {
    const { asked, said } = await built(async () => ['-Cprofile-use=/p'])
    assert.deepEqual(asked, [['-Cprofile-use=/p']])
    assert.equal(said, '')
  })

  test('is compiled without, and says why in a line, if it could not be taken', async () => {
    const { asked, said, end } = await built(() => ended('no tool'))
    assert.deepEqual(asked, [[]])
    assert.equal(said, 'The proxy for linux-x64 is built without a profile: no tool\n')
    assert.equal(end, undefined)
  })

  test('is compiled without if it does not compile with it', async () => {
    const { asked, said, end } = await built(
      async () => ['-Cprofile-use=/p'],
      (flags) => (flags.length > 0 ? ended('of another LLVM') : Promise.resolve()),
    )
    assert.deepEqual(asked, [['-Cprofile-use=/p'], []])
    assert.equal(said, 'The proxy for linux-x64 is built without a profile: of another LLVM\n')
    assert.equal(end, undefined)
  })

  test('fails if it does not compile without either', async () => {
    const { asked, end } = await built(
      async () => ['-Cprofile-use=/p'],
      () => ended('a fault'),
    )
    assert.equal(asked.length, 2)
    assert.equal(end, 'a fault')
  })
})

describe('the load of the profile', { skip: skipProxy || process.platform === 'win32' }, () => {
  test('is served whole, each kind with the status that it must get', async () => {
    await train(TESTED_PROXY, {}, { load: LOAD.map((part) => ({ ...part, count: 20 })) })
  })

  test('ends with what failed if a chat is answered otherwise', async () => {
    // It does not trust the upstream's certificate.
    const load = [{ over: /** @type {const} */ ('http1'), count: 1, kind: {} }]
    const wrong = train(TESTED_PROXY, { SSL_CERT_FILE: undefined }, { load })
    await assert.rejects(wrong, { message: 'a chat was answered 502, not 200' })
  })

  test('ends after its time', async () => {
    const late = train(TESTED_PROXY, {}, { limitMs: 50 })
    await assert.rejects(late, /the load took more than /)
  })
})
