import { encodedRequestOf, withoutFetch } from './raw.mjs'

/** The undici package, which does not wait for a first token. */
export const driver = (require) => {
  const { ProxyAgent, request } = require('undici')
  const ask = async (call, options) => {
    const { url, ...init } = await encodedRequestOf(call, withoutFetch(options))
    const { statusCode, body } = await request(url, { ...init, dispatcher: options.configOptions.dispatcher })
    const text = await body.text()
    if (statusCode >= 400) throw new Error(text)
    return text
  }
  const proxied = (options, proxy) => {
    options.configOptions.dispatcher = new ProxyAgent(proxy)
  }
  return { ask, proxied, isImpatient: true }
}
