// Many workers come and go, eight at a time, each with a fetch in flight: two hundred, or as many as the environment
// says. This thread loads the package only with --main-too; else it is unloaded with the last
// worker of every group.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

import { startIdentity } from '../../testkit/identity.mjs'
import { newWorker } from '../support/worker.mjs'

const WORKERS = Number(process.env.ENTRA_TEST_WORKERS ?? 200)
const GROUP = [
  'terminated',
  'exits',
  'throws',
  'aborts',
  'answered',
  'terminated at birth',
  'terminated',
  'answered',
]

const source = await startIdentity()
Object.assign(process.env, source.environment)

/** @param {string} way @param {string} scope */
const start = (way, scope) => newWorker('mid-flight-worker.mjs', { workerData: { way, scope } })

/** Starts a worker, lets it ask, and sends it off while the answer is held back. @param {string} way @param {string} scope */
const sendOff = async (way, scope) => {
  const worker = start(way, scope)
  await worker.online
  if (way === 'terminated at birth') return worker.terminate()
  assert.equal(await worker.next(), 'asked')
  worker.tell('go')
  if (way === 'terminated') {
    await asked(scope)
    return worker.terminate()
  }
  return way === 'answered' ? worker : worker.end
}

/** When the endpoint has been asked for `scope`. @param {string} scope */
const asked = async (scope) => {
  const resource = scope.replace('/.default', '')
  const isAsked = () => source.requests.some(({ query }) => query.resource === resource)
  while (!isAsked()) await source.arrived(source.requests.length + 1)
}

/** @type {Record<string, unknown>} */
const EXPECTED = {
  terminated: 1,
  exits: 0,
  throws: 'thrown on purpose',
  aborts: 0,
  'terminated at birth': 1,
}

/** @param {number} number */
const group = async (number) => {
  const release = source.hold()
  const sent = await Promise.all(
    GROUP.map((way, i) => sendOff(way, `https://group-${number}-worker-${i}.example/.default`)),
  )
  // Now most of the callers are gone, and their answers come.
  release()
  for (const [i, way] of GROUP.entries()) {
    if (way === 'answered') {
      const { token } = await sent[i].next()
      assert.ok(source.knows(token))
      assert.equal(await sent[i].end, 0)
    } else {
      assert.equal(sent[i], EXPECTED[way], way)
    }
  }
}

const mainToo = process.argv.includes('--main-too')
const here = mainToo ? await import('azure-openai-entra') : undefined
for (let number = 0; number < WORKERS / GROUP.length; number++) {
  await group(number)
  if (here) assert.ok(source.knows(await here.getAzureOpenAIToken({ forceRefresh: true })))
}

const last = start('answered', 'https://the-last.example/.default')
assert.equal(await last.next(), 'asked')
const { token } = await last.next()
assert.equal(token, source.tokens.issued.at(-1))
assert.equal(await last.end, 0)

const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => file.endsWith('.node'))
assert.equal(loaded, mainToo)
await source.close()
process.stdout.write('all came and went\n')
