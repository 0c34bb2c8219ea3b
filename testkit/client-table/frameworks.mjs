/** @typedef {import('./index.mjs').Client} Client */

const generate = `await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Is it?' }] }] })`

const evaluation = `const suite = { prompts: ['Is it?'], providers: [provider], tests: [{ vars: { any: 'thing' } }] }
const { results } = await (await evaluate(suite, { cache: false })).toEvaluateSummary()
if (!results[0].response?.output) throw new Error(results[0].error)
process.exit()`

/** @type {Client[]} */
export const FRAMEWORKS = [
  {
    client: 'Vercel AI SDK, `@ai-sdk/azure`',
    package: '@ai-sdk/azure',
    majors: ['2', '3', '4'],
    ways: [
      {
        what: 'from 2.0.109, 3.0.107 and any 4 on',
        lines: `import { createAzure } from '@ai-sdk/azure'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const azure = createAzure({ resourceName: 'my-resource', tokenProvider: getAzureOpenAIToken })`,
        call: `const model = azure('gpt')\n${generate}`,
      },
      {
        what: 'with a `fetch`, also of older versions',
        lines: `import { createAzure } from '@ai-sdk/azure'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const azure = createAzure({
  resourceName: 'my-resource',
  apiKey: ENTRA_ID_PLACEHOLDER,
  fetch: entraIdFetch(),
})`,
        call: `const model = azure('gpt')\n${generate}`,
      },
    ],
    limits: 'A version without `tokenProvider` ignores it, and sends `AZURE_API_KEY`.',
  },
  {
    client: 'Vercel AI SDK, `@ai-sdk/openai-compatible`',
    package: '@ai-sdk/openai-compatible',
    ways: [
      {
        needs: 22,
        lines: `import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { entraIdFetch } from 'azure-openai-entra'

const azure = createOpenAICompatible({
  name: 'azure',
  baseURL: 'https://my-resource.openai.azure.com/openai/v1',
  fetch: entraIdFetch(),
})`,
        call: `const model = azure('gpt')\n${generate}`,
      },
    ],
  },
  {
    client: 'LangChain.js, `AzureChatOpenAI`',
    package: '@langchain/openai',
    beside: ['@langchain/core'],
    ways: [
      {
        lines: `import { AzureChatOpenAI } from '@langchain/openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const model = new AzureChatOpenAI({
  azureOpenAIApiInstanceName: 'my-resource',
  azureOpenAIApiDeploymentName: 'gpt',
  azureOpenAIApiVersion: '2024-10-21',
  azureADTokenProvider: getAzureOpenAIToken,
})`,
        call: `await model.invoke('Is it?')`,
      },
      {
        what: 'even if the environment holds keys',
        lines: `import { AzureChatOpenAI } from '@langchain/openai'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const model = new AzureChatOpenAI({
  azureOpenAIApiInstanceName: 'my-resource',
  azureOpenAIApiDeploymentName: 'gpt',
  azureOpenAIApiVersion: '2024-10-21',
  azureOpenAIApiKey: ENTRA_ID_PLACEHOLDER,
  configuration: { fetch: entraIdFetch() },
})`,
        call: `await model.invoke('Is it?')`,
      },
      {
        what: 'the v1 API, for chat models and embeddings',
        lines: `import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const configuration = {
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  fetch: entraIdFetch(),
}
const model = new ChatOpenAI({ model: 'gpt', apiKey: ENTRA_ID_PLACEHOLDER, configuration })
const embeddings = new OpenAIEmbeddings({ apiKey: ENTRA_ID_PLACEHOLDER, configuration })`,
        call: `await model.invoke('Is it?')\nawait embeddings.embedQuery('Is it?')`,
      },
    ],
  },
  {
    client: 'OpenAI Agents',
    package: '@openai/agents',
    beside: ['openai', 'zod'],
    ways: [
      {
        needs: 22,
        lines: `import { Agent, run, setDefaultOpenAIClient, setTracingDisabled } from '@openai/agents'
import { OpenAI } from 'openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

setTracingDisabled(true) // traces go to OpenAI, with a key of OpenAI
setDefaultOpenAIClient(
  new OpenAI({
    baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
    apiKey: getAzureOpenAIToken,
  }),
)
const agent = new Agent({ name: 'Helper', model: 'gpt' })`,
        call: `await run(agent, 'Is it?')`,
      },
    ],
  },
  {
    client: 'GitHub Copilot SDK',
    package: '@github/copilot-sdk',
    ways: [
      {
        native: true,
        lines: `import { CopilotClient, approveAll } from '@github/copilot-sdk'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new CopilotClient()
const session = await client.createSession({
  model: 'gpt',
  onPermissionRequest: approveAll,
  provider: {
    type: 'azure',
    baseUrl: 'https://my-resource.openai.azure.com',
    bearerTokenProvider: getAzureOpenAIToken,
  },
})`,
        call: `await session.sendAndWait({ prompt: 'Is it?' }, 30_000)\nawait client.stop()`,
      },
    ],
  },
  {
    client: 'Mastra',
    package: '@mastra/core',
    beside: ['@ai-sdk/azure', 'zod'],
    ways: [
      {
        needs: 22,
        lines: `import { Agent } from '@mastra/core/agent'
import { createAzure } from '@ai-sdk/azure'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const azure = createAzure({ resourceName: 'my-resource', tokenProvider: getAzureOpenAIToken })
const agent = new Agent({ name: 'Helper', instructions: 'Help.', model: azure('gpt') })`,
        call: `await agent.generate('Is it?')`,
      },
    ],
  },
  {
    client: 'LlamaIndex.TS',
    package: '@llamaindex/openai',
    beside: ['llamaindex'],
    ways: [
      {
        lines: `import { OpenAI } from '@llamaindex/openai'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const llm = new OpenAI({
  model: 'gpt-4o',
  apiKey: ENTRA_ID_PLACEHOLDER,
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  additionalSessionOptions: { fetch: entraIdFetch() },
})`,
        call: `await llm.complete({ prompt: 'Is it?' })`,
      },
    ],
  },
  {
    client: 'Genkit, OpenAI-compatible',
    package: '@genkit-ai/compat-oai',
    beside: ['genkit'],
    ways: [
      {
        lines: `import { genkit } from 'genkit'
import { openAICompatible } from '@genkit-ai/compat-oai'
import { ENTRA_ID_PLACEHOLDER, entraIdFetch } from 'azure-openai-entra'

const ai = genkit({
  plugins: [
    openAICompatible({
      name: 'azure',
      baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
      apiKey: ENTRA_ID_PLACEHOLDER,
      fetch: entraIdFetch(),
    }),
  ],
})`,
        call: `await ai.generate({ model: 'azure/gpt', prompt: 'Is it?' })`,
      },
    ],
  },
  {
    client: 'promptfoo',
    package: 'promptfoo',
    beside: ['openai'],
    ways: [
      {
        lines: `import { evaluate } from 'promptfoo'
import { OpenAI } from 'openai'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new OpenAI({
  baseURL: 'https://my-resource.openai.azure.com/openai/v1/',
  apiKey: getAzureOpenAIToken,
})
const provider = async (prompt) => {
  const response = await client.responses.create({ model: 'gpt', input: prompt })
  return { output: response.output_text }
}`,
        call: evaluation,
      },
      {
        what: 'under the hook, `--import azure-openai-entra/register`',
        register: true,
        lines: `import { evaluate } from 'promptfoo'

const provider = {
  id: 'azure:chat:gpt',
  config: {
    apiHost: 'my-resource.openai.azure.com',
    apiKey: process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER,
  },
}`,
        call: evaluation,
      },
    ],
    limits:
      'Its command works under the hook too, with `AZURE_API_KEY` as the placeholder. By itself it asks for tokens only with a client secret or `az login`.',
  },
  {
    client: 'Mistral on Azure',
    package: '@mistralai/mistralai-azure',
    ways: [
      {
        lines: `import { MistralAzure } from '@mistralai/mistralai-azure'
import { getAzureOpenAIToken } from 'azure-openai-entra'

const client = new MistralAzure({
  endpoint: 'https://my-resource.services.ai.azure.com/models',
  apiKey: await getAzureOpenAIToken(), // lives for about an hour: make a client for each task
})`,
        host: 'my-resource.services.ai.azure.com',
        call: `await client.chat.complete({ model: 'mistral', messages: [{ role: 'user', content: 'Is it?' }] })`,
      },
    ],
  },
]
