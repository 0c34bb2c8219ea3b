import { join } from 'node:path'

import { asks, proxied } from './langchain.mjs'

/**
 * LibreChat's own classes. Not every version exports them, so they are found by their path.
 *
 * @param {import('./raw.mjs').Load} require
 * @param {string} folder
 */
export const driver = (require, folder) => {
  const file = join(folder, 'node_modules/@librechat/agents/dist/cjs/llm/providers.cjs')
  const { getChatModelClass } = require(file)
  const AzureChatOpenAI = getChatModelClass('azureOpenAI')
  const ChatOpenAI = getChatModelClass('openAI')
  return { ask: asks({ AzureChatOpenAI, ChatOpenAI }), proxied }
}
