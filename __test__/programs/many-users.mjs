// Gets a token on behalf of each of many users, keeps their credentials, and says what that took and what is cached.

import { writeSync } from 'node:fs'

import { OnBehalfOfCredential, cacheStats } from 'azure-openai-entra'

/** Few handshakes at once, because a busy machine must not let one time out. */
const AT_ONCE = 8
const SCOPE = 'https://cognitiveservices.azure.com/.default'
/** As long as those of Entra ID. */
const ASSERTION_LENGTH = 1600
/** Node has it with --expose-gc. */
const collectGarbage = /** @type {NodeJS.GCFunction} */ (globalThis.gc)

const { AZURE_TENANT_ID = '', AZURE_CLIENT_ID = '', AZURE_CLIENT_SECRET = '' } = process.env
const application = {
  tenantId: AZURE_TENANT_ID,
  clientId: AZURE_CLIENT_ID,
  clientSecret: AZURE_CLIENT_SECRET,
}
const counts = process.argv.slice(2).map(Number)

/** @type {OnBehalfOfCredential[]} */
const kept = []
for (const count of counts) {
  while (kept.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - kept.length) }, (_, i) => {
      const userAssertionToken = `${kept.length + i}.`.padEnd(ASSERTION_LENGTH, 'assertion')
      return new OnBehalfOfCredential({ ...application, userAssertionToken })
    })
    await Promise.all(some.map((credential) => credential.getToken(SCOPE)))
    kept.push(...some)
  }
  collectGarbage()
  const figures = { cached: cacheStats().tokens.length, memory: process.memoryUsage.rss() }
  writeSync(1, `${JSON.stringify(figures)}\n`)
}
process.exit()
