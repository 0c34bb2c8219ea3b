// Sets the logger that its argument names, asks for a token, and says on stdout what a logger of its own heard.

import { setImmediate } from 'node:timers/promises'

import { getAzureOpenAIToken, setLogger } from 'azure-openai-entra'

let heard = 0
const count = () => {
  heard += 1
}

/** @type {Record<string, () => void>} */
const ways = {
  'no logger': () => {},
  'its own': () => setLogger({ error: count, warn: count, info: count, debug: count }),
  'console on stderr': () => setLogger(new console.Console(process.stderr)),
  'none after its own': () => {
    setLogger({ error: count, warn: count, info: count, debug: count })
    setLogger(null)
  },
}

ways[process.argv[2]]()
await getAzureOpenAIToken()
// The events came before the token did, but on a way of their own: the loop's next look at its events brings them.
await setImmediate()
await setImmediate()
process.stdout.write(heard > 0 ? 'heard' : 'heard nothing')
