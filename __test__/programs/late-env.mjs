// An ES module that reads its `.env` when the first turns of the event loop are over, and then waits to be ended.
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'

const [, , clients] = process.argv
await setTimeout(10)
createRequire(clients)('dotenv').config({ quiet: true })
process.once('message', () => process.exit())
