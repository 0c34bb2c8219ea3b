// Sends the placeholder from the main thread, a worker or a child process, as told.
'use strict'

const { spawnSync } = require('node:child_process')
const { Worker } = require('node:worker_threads')

const [, , place, url] = process.argv

const send = async () => {
  const headers = {
    'api-key': process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER ?? '',
    'content-type': 'application/json',
  }
  const { status } = await fetch(url, { method: 'POST', headers, body: '{}' })
  process.stdout.write(`${status}\n`)
}

/** @type {Record<string, () => unknown>} */
const main = {
  here: send,
  worker: () => new Worker(__filename, { argv: ['here', url] }),
  'worker without the hook': () =>
    new Worker(__filename, { argv: ['here', url], env: { ...process.env, NODE_OPTIONS: '' } }),
  child: () => spawnSync(process.execPath, [__filename, 'here', url], { stdio: 'inherit' }),
  'child without the hook': () => {
    const env = { ...process.env, NODE_OPTIONS: '' }
    spawnSync(process.execPath, [__filename, 'here', url], { stdio: 'inherit', env })
  },
}
main[place]()
