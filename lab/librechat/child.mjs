/**
 * The process of one stack: does what the messages say and answers each with what came of it.
 *
 *     node --require loopback.cjs child.mjs <driver> <folder of the packages>
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { initialize } from './initialize.mjs'
import { SITUATIONS, withPlaceholder } from './situations.mjs'

/**
 * @typedef {import('./situations.mjs').Situation} Situation
 * @typedef {import('./initialize.mjs').HandOver} HandOver
 *
 * @typedef {{ situation: string, handOver: HandOver, phase: 'before' | 'variables' }} Order
 */

/** A client that goes on trying is not waited for. */
const PATIENCE_MS = 20_000

const [, , name, folder] = process.argv
const require = createRequire(join(folder, 'package.json'))
const { driver } = await import(`./drivers/${name}.mjs`)
/** @type {import('./drivers/raw.mjs').Client} */
const { ask, proxied, inner, isImpatient } = await driver(require, folder)

/** @param {Record<string, string>} variables @param {() => Promise<void>} act */
const under = async (variables, act) => {
  Object.assign(process.env, variables)
  try {
    return await act()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
  }
}

/** The token that register fetches at an app's start, and this one has its switch on only now. */
const started = async () => {
  const { getAzureOpenAIToken, shouldUseEntraId } = createRequire(import.meta.url)('azure-openai-entra')
  if (shouldUseEntraId()) await getAzureOpenAIToken()
}

/** @param {Situation} situation @param {HandOver} handOver */
const asked = async (situation, handOver) => {
  if (handOver === 'register' && isImpatient) await started()
  const options = initialize(situation, handOver, inner)
  if (situation.isProxied) proxied(options, process.env.MATRIX_PROXY ?? '', require)
  for (const call of situation.calls ?? ['chat']) {
    const text = await ask(call, options)
    if (!text) throw new Error('The answer is empty.')
  }
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
const patiently = (promise) => {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  /** @type {Promise<never>} */
  const limit = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`still trying after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  })
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}

process.on('message', async (/** @type {Order} */ { situation: wanted, handOver, phase }) => {
  const plain = SITUATIONS.find(({ name }) => name === wanted)
  if (!plain) throw new Error(`There is no situation ${wanted}.`)
  const placeholder = process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER
  const situation = placeholder ? withPlaceholder(plain, placeholder) : plain
  try {
    await under(situation[phase] ?? {}, () => patiently(asked(situation, handOver)))
    process.send?.({})
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.send?.('ready')
