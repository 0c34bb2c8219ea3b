import { asks } from './openai.mjs'

/**
 * openai 4 comes with node-fetch and takes an agent for the proxy; a fetch that is put around it keeps to both.
 *
 * @param {import('./raw.mjs').Load} require
 * @returns {import('./raw.mjs').Client}
 */
export const driver = (require) => ({
  ask: asks(require('openai')),
  inner: require('node-fetch'),
  proxied: (options, proxy) => {
    const { HttpsProxyAgent } = require('https-proxy-agent')
    options.configOptions.httpAgent = new HttpsProxyAgent(proxy)
  },
})
