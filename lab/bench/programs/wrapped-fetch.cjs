'use strict'

// What a wrapped fetch adds to a request of fifteen headers; nothing goes over the network.

const { report, spec } = require('./implementations.cjs')

const URL =
  'https://my-resource.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21'
const headers = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`x-header-${i}`, `value ${i}`]))
const request = { method: 'POST', headers: { ...headers, 'api-key': 'placeholder' }, body: '{}' }

/** @param {{ implementation: 'plain' | 'copying' | 'ours', calls: number, batches: number }} spec */
const main = async ({ implementation, calls, batches }) => {
  const response = new Response('{}')
  /** @type {typeof fetch} */
  const inner = async () => response
  /** @type {Record<string, () => typeof inner>} */
  const ways = {
    plain: () => inner,
    copying: () => (url, init) => inner(url, { ...init, headers: new Headers(init?.headers) }),
    ours: () => require('azure-openai-entra').entraIdFetch(inner),
  }
  const send = ways[implementation]()
  await send(URL, request)
  /** @type {number[]} */
  const rounds = []
  for (let batch = 0; batch < batches; batch++) {
    const began = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) await send(URL, request)
    rounds.push(Number(process.hrtime.bigint() - began) / calls)
  }
  const later = rounds.slice(Math.floor(batches / 2)).sort((a, b) => a - b)
  report({ time: later[Math.floor(later.length / 2)] })
}
main(spec())
