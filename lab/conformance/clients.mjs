import { fileURLToPath } from 'node:url'

import { clientsFolder, clientsIn } from '../../testkit/clients.mjs'

const { client } = clientsIn(
  fileURLToPath(new URL(`../../__test__/clients/${clientsFolder}`, import.meta.url)),
)

/** Whether the SDKs that some cases drive are installed. */
export const clientsRefusal = () => {
  try {
    client('openai')
    client('@langchain/openai')
    client('@ai-sdk/azure')
  } catch {
    return 'the SDKs of __test__/clients are not installed'
  }
}

/**
 * One chat through an SDK: what came of it, and how often and with how many arguments the provider was called.
 *
 * @typedef {(...given: unknown[]) => string | Promise<string>} Provider
 * @param {string} name
 * @param {string} endpoint
 * @param {Provider} provider
 */
export const chatThrough = async (name, endpoint, provider) => {
  let calls = 0
  let most = 0
  const counted = (/** @type {unknown[]} */ ...given) => {
    calls += 1
    most = Math.max(most, given.length)
    return provider()
  }
  const said = await CLIENTS[name](endpoint, counted).catch(
    (error) => `${error.status ?? error.statusCode ?? ''} ${error.message}`,
  )
  return { token: `${said} calls=${calls} arguments=${most}` }
}

const MESSAGE = 'hello?'
/** @type {Record<string, (endpoint: string, provider: Provider) => Promise<string>>} */
const CLIENTS = {
  openai: async (endpoint, azureADTokenProvider) => {
    const { AzureOpenAI } = client('openai')
    const openai = new AzureOpenAI({
      endpoint,
      azureADTokenProvider,
      apiVersion: '2024-10-21',
      deployment: 'd',
    })
    const messages = [{ role: 'user', content: MESSAGE }]
    return (await openai.chat.completions.create({ model: 'm', messages })).choices[0].message.content
  },
  langchain: async (endpoint, azureADTokenProvider) => {
    const { AzureChatOpenAI } = client('@langchain/openai')
    const chat = new AzureChatOpenAI({
      azureOpenAIEndpoint: endpoint,
      azureADTokenProvider,
      azureOpenAIApiVersion: '2024-10-21',
      azureOpenAIApiDeploymentName: 'd',
    })
    return (await chat.invoke(MESSAGE)).content
  },
  'ai-sdk': async (endpoint, tokenProvider) => {
    const { createAzure } = client('@ai-sdk/azure')
    const { generateText } = client('ai')
    const azure = createAzure({ baseURL: `${endpoint}/openai`, tokenProvider })
    return (await generateText({ model: azure.chat('d'), prompt: MESSAGE })).text
  },
}
