// Runs where Node's fetch is missing, and prints what an app finds.
'use strict'

for (const name of ['fetch', 'FormData', 'Headers', 'Request', 'Response'])
  Reflect.deleteProperty(globalThis, name)

// oxlint-disable-next-line import/no-unassigned-import -- it is a hook
require('azure-openai-entra/register')
const { ENTRA_ID_PLACEHOLDER, entraIdFetch } = require('azure-openai-entra')

const AZURE = 'https://my-resource.openai.azure.com/openai/models'
const credential = {
  getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
}
const inner = async () => ({ status: 200, headers: new Map() })
/** @type {[string, RequestInit?][]} */
const requests = [
  [AZURE],
  [AZURE, { headers: { 'x-other': '1' } }],
  ['https://foreign.example/', { headers: { 'api-key': ENTRA_ID_PLACEHOLDER } }],
]

async function main() {
  console.log(typeof globalThis.fetch)
  for (const send of [inner, undefined]) {
    const fetched = entraIdFetch(/** @type {any} what stands in for fetch */ (send), { credential })
    for (const request of requests) {
      const error = /** @type {NodeJS.ErrnoException} */ (
        await fetched(...request).catch((/** @type {NodeJS.ErrnoException} */ reason) => reason)
      )
      console.log(error.code, error.message)
    }
  }
  const error = await /** @type {any} a client calls it so */ (entraIdFetch)(AZURE).catch(
    (/** @type {NodeJS.ErrnoException} */ reason) => reason,
  )
  console.log(error.code, error.message)
}

void main()
