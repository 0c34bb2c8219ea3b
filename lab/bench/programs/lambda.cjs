'use strict'

// What AWS Lambda's runtime does: loads a handler, takes an event from its API, and posts what the handler returns.

const http = require('node:http')

/**
 * @param {string} path
 * @param {string} [body] posts it
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
const call = (path, body) =>
  new Promise((resolve, reject) => {
    const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`
    const request = http.request(url, { method: body === undefined ? 'GET' : 'POST' }, (response) => {
      response.resume().once('end', () => resolve(response))
    })
    request.once('error', reject)
    request.end(body)
  })

const main = async () => {
  /** @type {{ handler: () => Promise<unknown> }} */
  const { handler } = require('./lambda-handler.cjs')
  const { headers } = await call('next')
  await call(`${headers['lambda-runtime-aws-request-id']}/response`, JSON.stringify(await handler()))
  process.exit(0)
}
main()
