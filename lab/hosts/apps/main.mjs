// A program for bundlers that read ES modules.

import { chat } from './chat.mjs'

const main = async () => process.stdout.write(JSON.stringify(await chat()))

void main()
