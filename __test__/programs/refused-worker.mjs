// A thread whose request is under way when another thread replaces the token.
import { parentPort } from 'node:worker_threads'

import { entraIdFetch } from 'azure-openai-entra'

import { until } from '../../testkit/until.mjs'

/** @type {(string | undefined)[]} */
const sent = []
/** @type {(response: Response) => void} */
let answer
/** @type {Promise<Response>} */
const refused = new Promise((resolve) => {
  answer = resolve
})
/** @type {typeof fetch} */
const inner = async (_url, { headers } = {}) => {
  sent.push(new Headers(headers).get('authorization')?.slice('Bearer '.length))
  return sent.length === 1 ? refused : new Response('{}')
}

/** @type {Promise<Response>} */
let call

parentPort?.on('message', async (order) => {
  if (order === 'hold the token') {
    call = entraIdFetch(inner)('https://my-resource.openai.azure.com/')
    await until(() => sent.length > 0)
  } else {
    answer(new Response('{}', { status: 401 }))
    await call
  }
  parentPort?.postMessage({ result: sent })
})
parentPort?.postMessage('ready')
