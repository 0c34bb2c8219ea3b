/**
 * Asks through LangChain's classes, as LibreChat puts its options into them.
 *
 * @param {Record<'AzureChatOpenAI' | 'ChatOpenAI', any>} classes any, because they are not installed here
 * @returns {import('./raw.mjs').Ask}
 */
export const asks =
  ({ AzureChatOpenAI, ChatOpenAI }) =>
  async (call, { kind, llmConfig, configOptions }) => {
    const Model = kind === 'azure' ? AzureChatOpenAI : ChatOpenAI
    const isStreamed = call === 'stream'
    const own = { streaming: isStreamed, maxRetries: 0, ...(call === 'title' && { maxTokens: 64 }) }
    const model = new Model({ ...llmConfig, ...own, configuration: configOptions })
    if (!isStreamed) return (await model.invoke('Is the token good?')).text
    let text = ''
    for await (const chunk of await model.stream('Is the token good?')) text += chunk.text
    return text
  }

/** @param {import('./raw.mjs').Load} require */
export const driver = (require) => ({ ask: asks(require('@langchain/openai')), proxied })

/** LibreChat's way to a proxy. @type {import('./raw.mjs').Proxied} */
export const proxied = (options, proxy, require) => {
  const { ProxyAgent } = require('undici')
  options.configOptions.fetchOptions = { dispatcher: new ProxyAgent(proxy) }
}
