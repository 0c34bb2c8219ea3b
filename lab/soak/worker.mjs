/** A thread that comes, asks, and goes as it is told, mostly with fetches under way. */
import { parentPort, workerData } from 'node:worker_threads'
import { setTimeout } from 'node:timers/promises'

import { KINDS } from './keys.mjs'
import { startLoad } from './load.mjs'

const REPORT_MS = 200
const LONGEST_END_MS = 3000

const { implementation, burst, kind, ending, lifeMs } = workerData
const load = startLoad({ implementation, burst, keys: KINDS[kind] })
const report = () => parentPort?.postMessage(load.take())
const reports = setInterval(report, REPORT_MS)
report()

await setTimeout(lifeMs)
if (ending === 'exits') process.exit()
// A terminated worker runs until its parent ends it.
if (ending === 'ends') {
  clearInterval(reports)
  const haveEnded = await load.stop(LONGEST_END_MS)
  report()
  if (!haveEnded) process.exit()
}
