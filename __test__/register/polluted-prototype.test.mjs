import assert from 'node:assert/strict'
import { once } from 'node:events'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { getAzureOpenAIToken } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { namesOfCode } from '../support/code.mjs'
import { BODY, CHAT } from '../support/internet.mjs'
import { assertKeyless } from '../support/fixture.mjs'
import { onHookedInternet } from '../support/senders.mjs'

const FOREIGN = 'foreign.example'
const NAMES = namesOfCode()

/**
 * Runs `act` with a member of each name on the prototype of all objects.
 *
 * @param {unknown} value
 * @param {() => unknown} act
 */
function polluted(value, act) {
  const shared = Object.getPrototypeOf({})
  for (const name of NAMES)
    Object.defineProperty(shared, name, { value, writable: true, configurable: true, enumerable: true })
  try {
    act()
  } finally {
    for (const name of NAMES) Reflect.deleteProperty(shared, name)
  }
}

for (const value of [`https://${FOREIGN}`, true, 1, {}, []]) {
  test(`${JSON.stringify(value)} under every name of the code on Object.prototype: the token goes to its resource and the placeholder nowhere`, () =>
    onHookedInternet({ start: startIdentity, names: [FOREIGN] }, async (fixture) => {
      const { agent, placeholder, azure } = fixture
      const headers = { 'content-type': 'application/json', 'api-key': placeholder }
      await getAzureOpenAIToken()
      // Node's own loader reads inherited options: the first request has the hook load what it needs.
      const first = https.request(CHAT, { method: 'POST', agent, headers }).end(BODY)
      await text((await once(first, 'response'))[0])
      // So does its constructor, so that what is planted only meets the hook.
      const request = https.request(CHAT, { method: 'POST', agent, headers })
      polluted(value, () => request.end(BODY))
      const [response] = await once(request, 'response')
      await text(response)
      assert.equal(response.statusCode, 200)
      assertKeyless(fixture, 2)
      const foreign = https.request(`https://${FOREIGN}/`, { method: 'POST', agent, headers })
      polluted(value, () => foreign.end(BODY))
      const [error] = await once(foreign, 'error')
      assert.equal(error.code, 'ENTRA_ID_CONFIGURATION')
      assert.equal(azure.requests.length, 2)
    }))
}
