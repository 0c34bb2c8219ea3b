import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { startAuthority } from '../testkit/authority.mjs'
import { fakeAzureCli } from '../testkit/azure-cli.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run, start } from '../testkit/process.mjs'
import { secret } from '../testkit/secrets.mjs'
import { programPath } from './support/programs.mjs'

/** From none to more than any source needs: each count fails in another place. */
const FREE_FILES = Array.from({ length: 13 }, (_, count) => count)
const FILE_LIMIT = 128
/** Whose threads are counted: root's are not. */
const NOBODY = 65534

const startAzureCli = async () => {
  const expiresOn = Math.floor(Date.now() / 1000) + 3600
  const tool = fakeAzureCli({ stdout: { accessToken: secret('cli-token'), expires_on: expiresOn } })
  const [directory] = tool.environment.PATH.split(':')
  chmodSync(directory, 0o755)
  return { environment: tool.environment, close: async () => tool.remove() }
}

const startReadableAuthority = async () => {
  const authority = await startAuthority()
  chmodSync(dirname(authority.caFile), 0o755)
  chmodSync(authority.caFile, 0o644)
  return authority
}

const SOURCES = [
  { source: 'managed identity', start: startIdentity },
  { source: 'client secret over TLS', start: startReadableAuthority },
  { source: 'Azure CLI', start: startAzureCli },
]

/** @typedef {Record<string, Record<string, string>>} Results what each call came to, by the state of the core */

/**
 * Runs the program, and gives what its calls came to by the state of the core.
 *
 * @param {string[]} args
 * @param {{ environment: Record<string, string> }} source
 * @param {string[]} [command]
 */
const exhaust = async (args, source, command = []) => {
  const program = start([...command, process.execPath, programPath('exhausted.cjs'), ...args], {
    variables: source.environment,
  })
  /** @type {Results} */
  const found = {}
  program.child.on('message', (/** @type {any} of the program's own making */ { what, core, results }) => {
    if (core) return (found[core] = results)
    const { error, stderr } = limitThreads(program.child.pid, what === 'take the threads')
    if (error || stderr) return program.child.kill()
    program.child.send('done')
  })
  const { code, signal, stderr } = await program.ended()
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  assert.deepEqual(Object.keys(found), ['unused', 'used'])
  return found
}

/**
 * Leaves the process no thread more than it has, or gives it back what it had.
 *
 * @param {number | undefined} pid
 * @param {boolean} isTaken
 */
const limitThreads = (pid, isTaken) => {
  const [, hard] = /^Max processes +\S+ +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
  // Only its own user may set a process's limits.
  const user = isRoot ? { uid: NOBODY } : {}
  const args = ['--pid', String(pid), `--nproc=${isTaken ? 1 : hard}:`]
  return spawnSync('prlimit', args, { ...user, encoding: 'utf8' })
}

/** @param {Results} found @param {number | string} free */
const assertCoded = (found, free) => {
  for (const [core, results] of Object.entries(found)) {
    for (const [call, result] of Object.entries(results)) {
      assert.match(result, /^(served|ENTRA_ID_[A-Z]+)$/, `${call} of a core that is ${core}, ${free} left`)
    }
  }
}

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
const noPrlimit = isLinux && spawnSync('prlimit', ['--version']).status !== 0 && 'needs prlimit'

describe('a process that has nothing left', { skip: !isLinux && 'limits are set as on Linux' }, () => {
  for (const { source, start: startSource } of SOURCES) {
    test(`gets coded errors whatever number of files it may open, and then tokens from ${source}`, async () => {
      const started = await startSource()
      try {
        const limited = ['sh', '-c', `ulimit -n ${FILE_LIMIT} && exec "$@"`, 'sh']
        const runs = FREE_FILES.map((free) => exhaust(['files', String(free)], started, limited))
        const all = await Promise.all(runs)
        for (const [index, found] of all.entries()) assertCoded(found, FREE_FILES[index])
        assert.equal(all[0].unused.getAzureOpenAIToken, 'ENTRA_ID_NETWORK')
      } finally {
        await started.close()
      }
    })

    test(
      `gets coded errors without a thread, and then tokens from ${source}`,
      { skip: noPrlimit },
      async () => {
        const started = await startSource()
        try {
          const found = await exhaust(['threads'], started)
          assertCoded(found, 'none')
          assert.equal(found.unused.getAzureOpenAIToken, 'ENTRA_ID_NETWORK')
        } finally {
          await started.close()
        }
      },
    )
  }
})

test(
  'the hook fails requests with codes, and never the process, whatever number of files it may open',
  { skip: !isLinux && 'limits are set as on Linux' },
  async () => {
    const source = await startIdentity()
    const variables = {
      ...source.environment,
      AZURE_OPENAI_ENTRA_PLACEHOLDER: secret('placeholder'),
      AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
    }
    const hook = ['--require', fileURLToPath(import.meta.resolve('azure-openai-entra/register'))]
    const command = [process.execPath, ...hook, programPath('hooked-exhausted.cjs')]
    const limited = ['sh', '-c', `ulimit -n ${FILE_LIMIT} && exec "$@"`, 'sh']
    try {
      for (const free of FREE_FILES) {
        const ended = await run(
          [...limited, ...command, String(free), 'https://localhost:65535/openai/v1/models'],
          {
            variables,
          },
        )
        assert.deepEqual([ended.code, ended.signal], [0, null], `${free} left: ${ended.stderr}`)
        // 401 and 503 are the synthetic responses.
        assert.match(
          ended.stdout,
          /^(ENTRA_ID_[A-Z]+|E[A-Z]+) (401|503|ENTRA_ID_[A-Z]+|E[A-Z]+) AbortError$/,
          `${free} left`,
        )
      }
    } finally {
      await source.close()
    }
  },
)

test('a variable of Rust leaves the threads the stack that they need', async () => {
  for (const bytes of ['1', '16384', '65536']) {
    const source = await startIdentity()
    try {
      const ask =
        "require('azure-openai-entra').getAzureOpenAIToken().then(({ length }) => console.log(length > 0))"
      const ended = await run([process.execPath, '-e', ask], {
        variables: { ...source.environment, RUST_MIN_STACK: bytes },
      })
      assert.deepEqual([ended.code, ended.signal, ended.stdout], [0, null, 'true\n'], ended.stderr)
    } finally {
      await source.close()
    }
  }
})

test('every export of the addon catches a panic', () => {
  const folder = new URL('../src/', import.meta.url)
  const exports = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(new URL(file, folder), 'utf8')
    return [...source.matchAll(/#\[napi(?:\(([^\]]*)\))?\]\s*(?:#\[[^\]]*\]\s*)*pub (?:async )?fn (\w+)/g)]
  })
  assert.ok(exports.length >= 14, `${exports.length} exports found`)
  const open = exports.filter(([, options]) => !/\bcatch_unwind\b/.test(options ?? ''))
  assert.deepEqual(
    open.map(([, , name]) => name),
    [],
  )
})
