// A thread whose service answers every token with 401, and challenges for other claims each time.
import { parentPort, threadId } from 'node:worker_threads'

import { entraIdFetch } from 'azure-openai-entra'

let answers = 0
/** @type {(challenged: boolean) => Promise<Response>} */
const refuse = async (challenged) => {
  const claims = JSON.stringify({ access_token: { nbf: { value: `${threadId}.${answers++}` } } })
  const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
  return new Response('{}', { status: 401, headers: challenged ? { 'www-authenticate': challenge } : {} })
}

parentPort?.on('message', async ({ requests, challenged }) => {
  const send = entraIdFetch(() => refuse(challenged))
  const statuses = []
  for (let i = 0; i < requests; i++) {
    statuses.push((await send('https://my-resource.openai.azure.com/')).status)
  }
  parentPort?.postMessage({ result: statuses })
})
parentPort?.postMessage('ready')
