import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { describe, test } from 'node:test'

import { cacheStats, clearTokenCache, getAzureOpenAIToken, setLogger } from 'azure-openai-entra'

import { startAuthority } from '../testkit/authority.mjs'
import { rejectsWith } from './support/errors.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { run } from '../testkit/process.mjs'
import { until } from '../testkit/until.mjs'
import { SOURCES, onSource } from './support/fixture.mjs'
import { programPath, runProgram } from './support/programs.mjs'
import { collectingLogger, tee } from './support/tee.mjs'
import { startWorker } from './support/worker.mjs'

const LEVELS = ['error', 'warn', 'info', 'debug']

/** @typedef {import('azure-openai-entra').Logger} Logger */
/** @typedef {ReturnType<typeof listening>} Listening */

/** A logger, the events that it heard, and a way to wait for one. */
const listening = () => {
  /** @type {{ level: string, message: string }[]} */
  const events = []
  const log = (/** @type {string} */ level) => (/** @type {string} */ message) => {
    events.push({ level, message })
  }
  return {
    logger: /** @type {any} fromEntries knows no names */ (
      Object.fromEntries(LEVELS.map((level) => [level, log(level)]))
    ),
    events,
    heard: (/** @type {RegExp} */ pattern) =>
      until(
        () => events.some(({ message }) => pattern.test(message)),
        () => `an event with ${pattern}`,
      ),
  }
}

/**
 * Runs `act` and then gives the log back to the run.
 *
 * @template Result
 * @param {Logger | null} logger
 * @param {() => Promise<Result>} act
 */
const withLogger = async (logger, act) => {
  setLogger(logger && tee(logger))
  try {
    return await act()
  } finally {
    setLogger(collectingLogger)
  }
}

const ACQUIRED = /token acquired/
/** @param {string} name */
const scopeOf = (name) => `https://${name}.example/.default`
/** @param {string} name */
const asksFor = (name) => new RegExp(`asking App Service.*${name}\\.example`)

for (const { source: label, start } of SOURCES) {
  test(`${label}: what a logger hears`, () =>
    onSource({ start }, async (source) => {
      const { logger, events, heard } = listening()
      await withLogger(logger, async () => {
        await getAzureOpenAIToken()
        await heard(ACQUIRED)
      })
      assert.deepEqual(new Set(events.map(({ level }) => level)), new Set(['debug', 'info']))
      for (const { message } of events) assert.match(message, /^azure_openai_entra::[a-z_:]+: \S[^\n]*$/)
      const log = events.map(({ message }) => message).join('\n')
      assert.match(log, new RegExp(`token acquired credential="${source.credential}"`))
      for (const hidden of [...source.tokens.issued, ...Object.values(source.environment).filter(isSecret)]) {
        assert.ok(!log.includes(hidden))
      }
    }))
}

/** Secrets of the tests are long and random; addresses and ids, which may be logged, are not. @param {string} value */
const isSecret = (value) => /^[0-9a-f]{64}-/.test(value)

test('methods that need their object, as pino’s and winston’s do, are called on it', () =>
  onSource({ start: startIdentity }, async () => {
    class Pino {
      #lines = new EventEmitter()
      acquired = once(this.#lines, 'acquired')
      /** @param {string} message */
      #write(message) {
        if (ACQUIRED.test(message)) this.#lines.emit('acquired')
      }
      /** @param {string} message */
      error(message) {
        this.#write(message)
      }
      /** @param {string} message */
      warn(message) {
        this.#write(message)
      }
      /** @param {string} message */
      info(message) {
        this.#write(message)
      }
      /** @param {string} message */
      debug(message) {
        this.#write(message)
      }
    }
    const pino = new Pino()
    setLogger(pino)
    await getAzureOpenAIToken()
    await pino.acquired
    setLogger(collectingLogger)
  }))

test('another logger takes the place of the first, and null ends it', () =>
  onSource({ start: startIdentity }, async () => {
    const [first, second, third] = [listening(), listening(), listening()]
    /** @param {Listening} listening @param {string} name */
    const fetchUnder = ({ logger, heard }, name) =>
      withLogger(logger, async () => {
        await getAzureOpenAIToken({ scope: scopeOf(name) })
        await heard(asksFor(name))
      })
    await fetchUnder(first, 'one')
    await fetchUnder(second, 'two')
    setLogger(null)
    await getAzureOpenAIToken({ scope: scopeOf('unheard') })
    await fetchUnder(third, 'three')

    /** @param {Listening} listening */
    const asked = ({ events }) =>
      ['one', 'two', 'unheard', 'three'].filter((name) =>
        events.some(({ message }) => asksFor(name).test(message)),
      )
    assert.deepEqual([asked(first), asked(second), asked(third)], [['one'], ['two'], ['three']])
  }))

test('null takes effect at once: events that were on their way are dropped', () =>
  onSource(
    { start: startIdentity, variables: { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' } },
    async () => {
      const [dropped, next] = [listening(), listening()]
      setLogger(/** @type {any} with all four */ (dropped.logger))
      const { failures } = cacheStats()
      const call = rejectsWith(getAzureOpenAIToken(), { code: 'ENTRA_ID_UNAVAILABLE' })
      // It fails and says so while this thread hears nothing.
      while (cacheStats().failures === failures);
      setLogger(null)
      await call
      await withLogger(next.logger, async () => {
        clearTokenCache()
        await rejectsWith(getAzureOpenAIToken(), { code: 'ENTRA_ID_UNAVAILABLE' })
        await next.heard(/no token/)
      })
      assert.deepEqual(dropped.events, [])
    },
  ))

const fails = () => {
  throw new Error('the disk is full')
}
for (const { how, fail } of [
  { how: 'throws', fail: fails },
  { how: 'rejects', fail: async () => fails() },
]) {
  test(`a logger that ${how} ends neither the call nor the process, and goes on hearing`, () =>
    onSource({ start: startIdentity }, async (source) => {
      const { logger, heard } = listening()
      const failing = /** @type {any} fromEntries knows no names */ (
        Object.fromEntries(
          LEVELS.map((level) => [
            level,
            (/** @type {string} */ message) => {
              logger[level](message)
              return fail()
            },
          ]),
        )
      )
      await withLogger(failing, async () => {
        assert.equal(await getAzureOpenAIToken(), source.tokens.issued[0])
        await heard(ACQUIRED)
      })
    }))
}

test('a logger may call the package, and end itself', () =>
  onSource({ start: startIdentity }, async (source) => {
    const seen = new EventEmitter()
    const ended = once(seen, 'ended')
    const log = () => {
      cacheStats()
      setLogger(null)
      seen.emit('ended')
    }
    setLogger({ error: log, warn: log, info: log, debug: log })
    assert.equal(await getAzureOpenAIToken(), source.tokens.issued[0])
    await ended
    setLogger(collectingLogger)
  }))

test('it hears of what other threads ask', () =>
  onSource({ start: startIdentity }, async () => {
    const { logger, heard } = listening()
    const worker = await startWorker('token-worker.mjs', { workerData: { scope: scopeOf('worker') } })
    await withLogger(logger, async () => {
      await worker.order('ask')
      await heard(asksFor('worker'))
    })
    await worker.terminate()
  }))

describe('without a logger the environment decides what goes to stderr', () => {
  const WARNING = /^azure-openai-entra warn .*no\/such\/file, named by SSL_CERT_FILE, could not be read/m
  const INFO = /^azure-openai-entra info .*token acquired/m
  const DEBUG = /^azure-openai-entra debug .*asking with a client secret/m
  const ALL = [WARNING, INFO, DEBUG]

  for (const { variables, shown } of [
    { variables: {}, shown: [] },
    { variables: { DEBUG_OPENAI: '', DEBUG_LOGGING: '' }, shown: [] },
    { variables: { DEBUG_OPENAI: 'false', DEBUG_LOGGING: '1' }, shown: [] },
    { variables: { DEBUG_OPENAI: 'true' }, shown: ALL },
    { variables: { DEBUG_OPENAI: ' True ' }, shown: ALL },
    { variables: { DEBUG_LOGGING: 'TRUE' }, shown: ALL },
    { variables: { DEBUG_LOGGING: 'true', DEBUG_CONSOLE: 'true' }, shown: ALL },
    { variables: { DEBUG_LOGGING: 'true', DEBUG_CONSOLE: 'False' }, shown: [] },
    { variables: { DEBUG_LOGGING: 'true', DEBUG_CONSOLE: 'false', DEBUG_OPENAI: 'true' }, shown: ALL },
    { variables: { DEBUG_CONSOLE: 'true' }, shown: [] },
    { variables: { AZURE_LOG_LEVEL: 'verbose' }, shown: ALL },
    { variables: { AZURE_LOG_LEVEL: 'info' }, shown: [WARNING, INFO] },
    { variables: { AZURE_LOG_LEVEL: ' Warning' }, shown: [WARNING] },
    { variables: { AZURE_LOG_LEVEL: 'error' }, shown: [] },
    { variables: { AZURE_LOG_LEVEL: 'nonsense' }, shown: [] },
    { variables: { AZURE_LOG_LEVEL: 'constructor' }, shown: [] },
    { variables: { AZURE_LOG_LEVEL: 'error', DEBUG_OPENAI: 'true' }, shown: ALL },
  ]) {
    test(`${JSON.stringify(variables)}: ${shown.length} of 3 levels`, () =>
      onSource({ start: startAuthority }, async (source) => {
        const { code, stdout, stderr } = await runAlone('no logger', {
          ...source.environment,
          SSL_CERT_FILE: '/there/is/no/such/file',
          ...variables,
        })
        assert.deepEqual([code, stdout], [0, 'heard nothing'], stderr)
        assert.deepEqual(
          ALL.filter((pattern) => pattern.test(stderr)),
          shown,
          stderr,
        )
        if (shown.length === 0) assert.equal(stderr, '')
        for (const hidden of [...source.tokens.issued, source.clientSecret])
          assert.ok(!stderr.includes(hidden))
      }))
  }

  for (const { logger, stdout, stderr } of [
    { logger: 'its own', stdout: 'heard', stderr: /^$/ },
    {
      logger: 'console on stderr',
      stdout: 'heard nothing',
      stderr: /^azure_openai_entra::.+asking App Service/m,
    },
    {
      logger: 'none after its own',
      stdout: 'heard nothing',
      stderr: /^azure-openai-entra debug .+asking App Service/m,
    },
  ]) {
    test(`DEBUG_OPENAI beside a logger, ${logger}`, () =>
      onSource({ start: startIdentity }, async (source) => {
        const ended = await runAlone(logger, { ...source.environment, DEBUG_OPENAI: 'true' })
        assert.deepEqual([ended.code, ended.stdout], [0, stdout], ended.stderr)
        assert.match(ended.stderr, stderr)
      }))
  }
})

describe('a log that cannot be written does not end the app', { skip: process.platform === 'win32' }, () => {
  for (const { state, stderr } of [
    { state: 'full', stderr: '2>/dev/full' },
    { state: 'closed', stderr: '2>&-' },
    { state: 'a pipe without a reader', stderr: '2> >(exec true)' },
  ]) {
    test(`a stderr that is ${state}`, { skip: stderr.includes('full') && process.platform !== 'linux' }, () =>
      onSource({ start: startIdentity }, async (source) => {
        const command = ['bash', '-c', `exec "$0" "$1" "no logger" ${stderr}`]
        const ended = await run([...command, process.execPath, programPath('logs-to.mjs')], {
          variables: { ...source.environment, DEBUG_OPENAI: 'true', ENTRA_TEST_LOG_DIR: '' },
        })
        assert.deepEqual([ended.code, ended.stdout], [0, 'heard nothing'], ended.stderr)
      }),
    )
  }
})

/**
 * Runs a program that the run gives no logger to; its stderr is collected here instead.
 *
 * @param {string} logger
 * @param {Record<string, string>} [variables]
 */
const runAlone = async (logger, variables) => {
  const alone = { AZURE_LOG_LEVEL: '', ENTRA_TEST_LOG_DIR: '' }
  const ended = await runProgram('logs-to.mjs', { args: [logger], variables: { ...alone, ...variables } })
  collectingLogger.debug(ended.stderr)
  return ended
}
