import { encodedRequestOf, withoutFetch } from './raw.mjs'

/** The undici package, which does not wait for a first token. @param {import('./raw.mjs').Load} require */
export const driver = (require) => {
  const { ProxyAgent, request } = require('undici')
  /** @type {import('./raw.mjs').Ask} */
  const ask = async (call, options) => {
    const { url, ...init } = await encodedRequestOf(call, withoutFetch(options))
    const { statusCode, body } = await request(url, { ...init, dispatcher: options.configOptions.dispatcher })
    const text = await body.text()
    if (statusCode >= 400) throw new Error(text)
    return text
  }
  /** @type {import('./raw.mjs').Proxied} */
  const proxied = (options, proxy) => {
    options.configOptions.dispatcher = new ProxyAgent(proxy)
  }
  return { ask, proxied, isImpatient: true }
}
