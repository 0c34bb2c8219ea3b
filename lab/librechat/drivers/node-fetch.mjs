import { Agent } from 'node:https'
import { pathToFileURL } from 'node:url'

import { encodedRequestOf, proxied } from './raw.mjs'

/** The wrapper is put around node-fetch. @param {NodeJS.Require} require */
export const driver = async (require) => {
  const { default: nodeFetch } = await import(pathToFileURL(require.resolve('node-fetch')).href)
  // Without an agent version 2 closes the connection after each request.
  const keepAlive = new Agent({ keepAlive: true })
  /** @type {import('./raw.mjs').Ask} */
  const ask = async (call, options) => {
    const { url, ...init } = await encodedRequestOf(call, options)
    const { fetch = nodeFetch, httpAgent: agent = keepAlive } = options.configOptions
    const response = await fetch(url, { ...init, agent })
    const text = await response.text()
    if (!response.ok) throw new Error(text)
    return text
  }
  return { ask, proxied, inner: nodeFetch }
}
