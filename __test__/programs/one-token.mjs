// Asks for a token and does not wait for it: only what the package does keeps this process alive.

import { getAzureOpenAIToken } from 'azure-openai-entra'

const say = (/** @type {string} */ what) => process.stdout.write(`${what}\n`)

process.once('beforeExit', () => say('nothing left to do'))
getAzureOpenAIToken().then(
  () => say('token'),
  ({ code, message }) => {
    say(code)
    process.stderr.write(`${message}\n`)
  },
)
