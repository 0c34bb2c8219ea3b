import { proxied, requestOf, withoutFetch } from './raw.mjs'

/** @param {(name: string) => any} load requires a package of the client's folder, whose types are not installed here */
export const driver = (load) => {
  const axios = load('axios')
  const ask = async (call, options) => {
    const { body: data, ...request } = await requestOf(call, withoutFetch(options))
    const { httpAgent: httpsAgent } = options.configOptions
    const answer = await axios.request({ ...request, data, httpsAgent, proxy: false })
    return typeof answer.data === 'string' ? answer.data : JSON.stringify(answer.data)
  }
  return { ask, proxied }
}
