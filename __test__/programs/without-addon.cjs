// Sends the placeholder by each transport without a loadable addon, and a request without the placeholder.
'use strict'

const { once } = require('node:events')
const { readFileSync } = require('node:fs')
const https = require('node:https')
const { createRequire } = require('node:module')

const [, , clients, url] = process.argv
const own = createRequire(clients)
const headers = {
  'content-type': 'application/json',
  'api-key': process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER ?? '',
}
const post = { method: 'POST', body: '{}' }

const byHttps = async () => {
  const request = https.request(url, { method: 'POST', headers })
  request.end('{}')
  const [{ statusCode }] = await once(request, 'response')
  return statusCode
}
const byUndici = async () => {
  const undici = own('undici-7')
  const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '')
  const dispatcher = new undici.Agent({ connect: { ca } })
  const { statusCode, body } = await undici.request(url, { ...post, headers, dispatcher })
  await body.dump()
  await dispatcher.close()
  return statusCode
}
const byFetch = async (/** @type {Record<string, string>} */ given) => {
  const { status, headers } = await fetch(url, { ...post, headers: given })
  return `${status} ${headers.get('x-entra-id-error')}`
}
const senders = [() => byFetch(headers), byHttps, byUndici, () => byFetch({ 'api-key': 'real' })]

const main = async () => {
  for (const send of senders) {
    const outcome = await send().catch(({ message }) => message)
    process.stdout.write(`${outcome}\n`)
  }
}
main()
