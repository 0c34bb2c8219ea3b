import { described } from '#shown'
import { checkHealth } from 'azure-openai-entra'

import { legible } from '../foreign-text.mjs'
import { UsageError, loadEnvironment, readArguments } from '../usage.mjs'

/**
 * @param {string[]} args
 * @param {(text: string) => void} print
 * @returns {Promise<number>} the exit code
 */
export async function run(args, print) {
  const { values } = readArguments({
    args,
    options: { json: { type: 'boolean' }, timeout: { type: 'string' }, dotenv: { type: 'string' } },
  })
  const timeoutMs = values.timeout === undefined ? undefined : milliseconds(values.timeout)
  loadEnvironment(values.dotenv)

  const health = legible(await checkHealth({ fetch: true, details: true, timeoutMs }))
  print(values.json ? `${JSON.stringify(health, undefined, 2)}\n` : `${sentence(health)}\n`)
  return health.status === 'failing' ? 1 : 0
}

/** @param {string} text */
function milliseconds(text) {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    const isNumber = /^[\d.,]{1,9} ?[a-z]{0,3}$/i.test(text)
    throw new UsageError(
      `--timeout must be a number of milliseconds, not ${isNumber ? text : described(text)}`,
    )
  }
  return Number(text)
}

/** @param {import('../../index.js').HealthReport} health */
function sentence({ status, message, tokens = [] }) {
  const [token] = tokens
  if (status === 'failing') return `failing: ${message}`
  const minutes = Math.round(((token?.expiresOnTimestamp ?? 0) - Date.now()) / 60_000)
  return `${status}: a token of ${token?.credential}, good for ${minutes} more min`
}
