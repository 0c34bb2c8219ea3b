import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after as atEnd, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { start } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'

const hook = fileURLToPath(import.meta.resolve('azure-openai-entra/register'))

const folder = mkdtempSync(join(tmpdir(), 'entra-tampered-'))
const file = join(folder, 'app.cjs')
atEnd(() => rmSync(folder, { recursive: true }))

/** What an app does before the hook is loaded. @type {Record<string, string>} */
const BEFORE = {
  nothing: '',
  'freezes process': 'Object.freeze(process)',
  'seals process': 'Object.seal(process)',
  'freezes Module': "Object.freeze(require('node:module'))",
  'freezes diagnostics_channel': "Object.freeze(require('node:diagnostics_channel'))",
  'freezes globalThis': 'Object.freeze(globalThis)',
  'freezes node:http': "Object.freeze(require('node:http'))",
  'freezes the prototype of requests': "Object.freeze(require('node:http').ClientRequest.prototype)",
  'hides worker threads': `const Module = require('node:module'), { _load } = Module
    Module._load = (name, ...rest) => { if (/worker_threads/.test(name)) throw new Error('hidden'); return _load(name, ...rest) }`,
}

/** What it does afterwards, before node:http is loaded. @type {Record<string, string>} */
const AFTER = {
  nothing: '',
  'puts back all that the hook replaced': 'putBack()',
  'removes what exchanges': 'hideHook()',
}

/** Sends the placeholder in each place that a request has, at once and later, and prints what a server sees of it. */
const program = (
  /** @type {string} */ before,
  /** @type {string} */ after,
  /** @type {boolean} */ isLate,
) => `
  const Module = require('node:module'), channels = require('node:diagnostics_channel'), net = require('node:net')
  const kept = { load: Module._load, channel: channels.channel, builtin: process.getBuiltinModule }
  function putBack() {
    for (const act of [
      () => (Module._load = kept.load),
      () => (channels.channel = kept.channel),
      () => kept.builtin && (process.getBuiltinModule = kept.builtin),
    ]) try { act() } catch { /* it is frozen */ }
  }
  function hideHook() {
    const { _resolveFilename } = Module
    try {
      Module._resolveFilename = (name, ...rest) => {
        if (name === './http') throw new Error('hidden')
        return _resolveFilename(name, ...rest)
      }
    } catch { /* it is frozen */ }
  }
  const on = () => (process.env.AZURE_OPENAI_USE_ENTRA_ID = 'true')
  const placeholder = process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER
  ${isLate ? '' : 'on()'}
  ;(() => { ${before} })()
  require(${JSON.stringify(hook)})
  ;(() => { ${after} })()
  const seen = []
  let errors = 0
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      seen.push(String(data).includes(placeholder))
      socket.end('HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n')
    })
  })
  server.listen(0, '127.0.0.1', async () => {
    const http = require('node:http')
    on()
    const { port } = server.address()
    const send = (options, body) => new Promise((resolve) => {
      const request = http.request({ host: '127.0.0.1', port, ...options }, (answer) => answer.resume().on('end', resolve))
      request.on('error', () => { errors += 1; resolve() })
      request.end(body)
    })
    const round = () => Promise.all([
      send({ headers: { 'api-key': placeholder } }),
      send({ headers: { 'api-key': placeholder }, method: 'POST' }, 'body'),
      send({ headers: ['authorization', 'Bearer ' + placeholder] }),
      send({ headers: { 'api-key': placeholder, expect: '100-continue' }, method: 'POST' }, 'body'),
      send({ path: '/?key=' + placeholder }),
    ])
    await round()
    await round()
    await send({ headers: { 'api-key': 'another' } })
    console.log(JSON.stringify({ told: seen.filter(Boolean).length, errors, sent: seen.length }))
    process.exit()
  })`

for (const [what, before] of Object.entries(BEFORE)) {
  for (const [then, after] of Object.entries(AFTER)) {
    test(`no placeholder goes out if the app ${what} before the hook and then ${then}`, async () => {
      for (const isLate of [false, true]) {
        // In a file: --eval writes to globalThis itself.
        writeFileSync(file, program(before, after, isLate))
        const command = [process.execPath, file]
        const variables = { AZURE_OPENAI_ENTRA_PLACEHOLDER: secret('placeholder') }
        const { code, stdout, stderr } = await start(command, { variables }).ended()
        assert.equal(code, 0, stderr)
        assert.deepEqual(
          JSON.parse(stdout),
          { told: 0, errors: 10, sent: 1 },
          `${isLate ? 'late' : 'early'}: ${stderr}`,
        )
      }
    })
  }
}
