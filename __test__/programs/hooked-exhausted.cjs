'use strict'

/**
 * With the hook: sends by node:https, by fetch and by node:http2 while the process has the given number of file descriptors
 * left, and waits until the hook's timers have passed. Writes what each request came to.
 */

const { closeSync, openSync, writeSync } = require('node:fs')
const http2 = require('node:http2')
const https = require('node:https')
const { devNull } = require('node:os')
const { Duplex } = require('node:stream')
const { setTimeout } = require('node:timers/promises')

const [, , left, url] = process.argv
/** The hook looks at its switch for 3 s; one look is enough. */
const LOOK_MS = 400

const headers = { 'api-key': process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER ?? '' }

const byHttps = () =>
  new Promise((resolve) => {
    const request = https.request(url, { headers }, (response) => resolve(response.resume().statusCode))
    request.on('error', (error) => resolve('code' in error && error.code))
    request.end()
  })
const byFetch = () =>
  fetch(url, { headers }).then(
    ({ status }) => status,
    (error) => error.code ?? error.cause?.code ?? String(error.cause ?? error),
  )

const byHttp2 = () =>
  new Promise((resolve) => {
    const nowhere = new Duplex({ read() {}, write: (_data, _encoding, done) => done() })
    const session = http2.connect(url, { createConnection: () => nowhere })
    session.request({ ':path': '/', ...headers }).on('error', ({ name }) => resolve(name))
  })

async function main() {
  // Node's own parts are loaded by then.
  await fetch('https://127.0.0.1:1').catch(() => {})
  process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true'
  const held = []
  try {
    for (;;) held.push(openSync(devNull, 'r'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EMFILE')) throw error
  }
  for (const descriptor of held.splice(held.length - Number(left))) closeSync(descriptor)
  const waited = setTimeout(LOOK_MS)
  const outcomes = await Promise.all([byHttps(), byFetch(), byHttp2()])
  await waited
  writeSync(1, outcomes.join(' '))
  process.exit()
}

main()
