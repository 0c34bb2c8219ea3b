import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'

import { logger, setLogger } from 'azure-openai-entra'

import { startIdentity } from '../testkit/identity.mjs'
import { onSource } from './support/fixture.mjs'
import { run } from '../testkit/process.mjs'
import { collectingLogger } from './support/tee.mjs'

const cwd = fileURLToPath(new URL('.', import.meta.url))

/**
 * Runs `code` in a process of its own, whose log a test run does not take.
 *
 * @param {string} code
 * @param {Record<string, string>} [variables]
 */
const stderrOf = async (code, variables) => {
  const { stdout, stderr } = await run([process.execPath, '-e', code], {
    cwd,
    variables: { ...variables, ENTRA_TEST_LOG_DIR: '' },
  })
  assert.equal(stdout, 'token\n', stderr)
  return stderr
}

const GET_TOKEN = `.getAzureOpenAIToken().then((token) => console.log(token ? 'token' : ''))`

describe("the app's @azure/logger", () => {
  test('gets the events of the level that setLogLevel asks for', () =>
    onSource({ start: startIdentity }, async ({ environment }) => {
      const code = `require('@azure/logger').setLogLevel('info')\nrequire('azure-openai-entra')${GET_TOKEN}`
      const stderr = await stderrOf(code, environment)
      assert.match(stderr, /azure:identity:info .*token acquired/)
      assert.doesNotMatch(stderr, /azure:identity:verbose/)
    }))

  test('writes where AzureLogger.log writes', () =>
    onSource({ start: startIdentity }, async ({ environment }) => {
      const code = `const { AzureLogger, setLogLevel } = require('@azure/logger')
        AzureLogger.log = (...args) => process.stderr.write('mine ' + args.join(' ') + '\\n')
        setLogLevel('verbose')
        require('azure-openai-entra')${GET_TOKEN}`
      assert.match(await stderrOf(code, environment), /^mine azure:identity:verbose/m)
    }))

  test('gets nothing without a level', () =>
    onSource({ start: startIdentity }, async ({ environment }) => {
      const code = `require('@azure/logger')\nrequire('azure-openai-entra')${GET_TOKEN}`
      assert.equal(await stderrOf(code, environment), '')
    }))

  test('gets nothing if the environment asks for the log on stderr', () =>
    onSource({ start: startIdentity }, async ({ environment }) => {
      const code = `require('@azure/logger').setLogLevel('info')\nrequire('azure-openai-entra')${GET_TOKEN}`
      const stderr = await stderrOf(code, { ...environment, DEBUG_OPENAI: 'true' })
      assert.match(stderr, /^azure-openai-entra info /m)
      assert.doesNotMatch(stderr, /azure:identity/)
    }))
})

describe('logger', () => {
  /** What `act` has the app's logger hear. @param {() => unknown} act */
  const heard = (act) => {
    /** @type {unknown[][]} */
    const events = []
    const log = (/** @type {string} */ level) => (/** @type {string} */ message) =>
      events.push([level, message])
    setLogger({ error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') })
    try {
      act()
    } finally {
      setLogger(collectingLogger)
    }
    return events
  }

  test("writes to setLogger's logger, formatted", () => {
    const events = heard(() => {
      logger.error('no %s', 'token')
      logger.warning('old', { days: 3 })
      logger.info('well')
      logger.verbose.extend('child')('more')
    })
    assert.deepEqual(events, [
      ['error', 'no token'],
      ['warn', 'old { days: 3 }'],
      ['info', 'well'],
      ['debug', 'more'],
    ])
  })

  test('writes to the function that an app sets', () => {
    const { log } = logger.info
    /** @type {unknown[][]} */
    const lines = []
    logger.info.log = (...args) => lines.push(args)
    try {
      assert.deepEqual(
        heard(() => logger.info('one', 2)),
        [],
      )
      assert.deepEqual(lines, [['one', 2]])
    } finally {
      logger.info.log = log
    }
  })

  test('has the members of @azure/logger', () => {
    heard(() => assert.equal(logger.verbose.enabled, true))
    assert.equal(logger.info.namespace, 'azure:identity:info')
    assert.equal(logger.info.extend('x').namespace, 'azure:identity:info:x')
    assert.equal(logger.info.destroy(), true)
  })
})
