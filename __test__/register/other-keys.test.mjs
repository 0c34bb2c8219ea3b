import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

// oxlint-disable-next-line import/no-unassigned-import -- it exports nothing
import 'azure-openai-entra/register'
import { getAzureOpenAIToken } from 'azure-openai-entra'

import { startIdentity } from '../../testkit/identity.mjs'
import { BODY, ORIGIN } from '../support/internet.mjs'
import { assertKeyless } from '../support/fixture.mjs'
import { PATIENT, UNDICI, onHookedInternet } from '../support/senders.mjs'

const PATH = '/openai/deployments/chat/chat/completions'
/** What is sent, and what is left of it. */
const QUERIES = {
  '?api-version=2024-10-21&api-key=a-real-key': '?api-version=2024-10-21',
  '?X-API-Key=a-real-key': '',
  '?api%2Dkey=a-real-key&api-version=a%20b': '?api-version=a%20b',
  '?authorization=Bearer%20a-real-key&key=b': '?key=b',
  '?api-key&api-key=&api-key=a-real-key&': '?',
}

describe('a request that gets a token has no key in its query', () => {
  for (const [name, send] of Object.entries({ ...PATIENT, ...UNDICI })) {
    test(name, () =>
      onHookedInternet({ start: startIdentity }, async (fixture) => {
        await getAzureOpenAIToken()
        const headers = { 'content-type': 'application/json', 'api-key': fixture.placeholder }
        for (const query of Object.keys(QUERIES))
          await send(fixture, `${ORIGIN}${PATH}${query}`, { headers, body: BODY })
        assertKeyless(fixture, Object.keys(QUERIES).length)
        assert.deepEqual(
          fixture.azure.requests.map(({ query }) => query),
          Object.values(QUERIES).map((query) => Object.fromEntries(new URLSearchParams(query))),
        )
      }),
    )
  }
})
