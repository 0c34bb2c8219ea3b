import { proxied, requestOf, withoutFetch } from './raw.mjs'

/** @param {import('./raw.mjs').Load} load */
export const driver = (load) => {
  const axios = load('axios')
  /** @type {import('./raw.mjs').Ask} */
  const ask = async (call, options) => {
    const { body: data, ...request } = await requestOf(call, withoutFetch(options))
    const { httpAgent: httpsAgent } = options.configOptions
    const answer = await axios.request({ ...request, data, httpsAgent, proxy: false })
    return typeof answer.data === 'string' ? answer.data : JSON.stringify(answer.data)
  }
  return { ask, proxied }
}
