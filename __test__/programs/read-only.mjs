// Requests a token without a writable folder, and reports the result.

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { getAzureOpenAIToken } from 'azure-openai-entra'

const refusalIn = (/** @type {string} */ folder) => {
  try {
    writeFileSync(join(folder, 'entra-test-write'), '')
    return 'none'
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code
  }
}

const refusals = [process.cwd(), tmpdir()].map(refusalIn)
const token = await getAzureOpenAIToken()
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), refusals, token: typeof token }))
