/** @typedef {import('./index.mjs').Client} Client */

const COGNITIVE = 'https://cognitiveservices.azure.com'
const FOUNDRY = 'https://ai.azure.com'
const credential = `import { DefaultAzureCredential } from 'azure-openai-entra'`
const foundry = 'my-resource.services.ai.azure.com'

/** What takes a TokenCredential takes ours. @type {Client[]} */
export const AZURE = [
  {
    client: 'Foundry projects, `@azure/ai-projects`',
    package: '@azure/ai-projects',
    ways: [
      {
        needs: 22,
        audience: FOUNDRY,
        host: foundry,
        lines: `import { AIProjectClient } from '@azure/ai-projects'
${credential}

const project = new AIProjectClient(
  'https://my-resource.services.ai.azure.com/api/projects/my-project',
  new DefaultAzureCredential(),
)`,
        call: `for await (const _ of project.connections.list()) break`,
      },
    ],
  },
  {
    client: 'Foundry agents, `@azure/ai-agents`',
    package: '@azure/ai-agents',
    ways: [
      {
        audience: FOUNDRY,
        host: foundry,
        lines: `import { AgentsClient } from '@azure/ai-agents'
${credential}

const client = new AgentsClient(
  'https://my-resource.services.ai.azure.com/api/projects/my-project',
  new DefaultAzureCredential(),
)`,
        call: `for await (const _ of client.listAgents()) break`,
      },
    ],
  },
  {
    client: 'Model inference, `@azure-rest/ai-inference`',
    package: '@azure-rest/ai-inference',
    ways: [
      {
        host: foundry,
        lines: `import ModelClient from '@azure-rest/ai-inference'
${credential}

const client = ModelClient('https://my-resource.services.ai.azure.com/models', new DefaultAzureCredential(), {
  credentials: { scopes: ['https://cognitiveservices.azure.com/.default'] },
})`,
        call: `const { status } = await client.path('/chat/completions').post({ body: { model: 'gpt', messages: [] } })
if (status !== '200') throw new Error(status)`,
      },
    ],
    limits: 'Without `scopes` it asks for `https://ml.azure.com/.default`, which the resource refuses.',
  },
  {
    client: 'Voice Live, `@azure/ai-voicelive`',
    package: '@azure/ai-voicelive',
    ways: [
      {
        needs: 22,
        host: foundry,
        audience: FOUNDRY,
        lines: `import { VoiceLiveClient } from '@azure/ai-voicelive'
${credential}

const client = new VoiceLiveClient('https://my-resource.services.ai.azure.com', new DefaultAzureCredential())`,
        call: `const session = await client.startSession('gpt-realtime')\nawait session.disconnect()`,
      },
    ],
  },
  {
    client: 'AI Search, `@azure/search-documents`',
    package: '@azure/search-documents',
    ways: [
      {
        audience: 'https://search.azure.com',
        host: 'my-search.search.windows.net',
        lines: `import { SearchClient } from '@azure/search-documents'
${credential}

const client = new SearchClient(
  'https://my-search.search.windows.net',
  'my-index',
  new DefaultAzureCredential(),
)`,
        call: `await client.getDocumentsCount()`,
      },
    ],
  },
  ...[
    {
      client: 'Document Intelligence',
      package: '@azure-rest/ai-document-intelligence',
      make: `DocumentIntelligence('https://my-resource.cognitiveservices.azure.com', new DefaultAzureCredential())`,
      name: 'DocumentIntelligence',
      path: '/info',
      method: 'get()',
    },
    {
      client: 'Content Safety',
      package: '@azure-rest/ai-content-safety',
      make: `ContentSafetyClient('https://my-resource.cognitiveservices.azure.com', new DefaultAzureCredential())`,
      name: 'ContentSafetyClient',
      path: '/text:analyze',
      method: `post({ body: { text: 'Is it?' } })`,
    },
    {
      client: 'Translator',
      package: '@azure-rest/ai-translation-text',
      make: `TextTranslationClient('https://my-resource.cognitiveservices.azure.com', new DefaultAzureCredential())`,
      name: 'TextTranslationClient',
      path: '/languages',
      method: 'get()',
    },
  ].map(({ client, package: name, make, name: factory, path, method }) => ({
    client: `${client}, \`${name}\``,
    package: name,
    ways: [
      {
        audience: COGNITIVE,
        host: 'my-resource.cognitiveservices.azure.com',
        lines: `import ${factory} from '${name}'\n${credential}\n\nconst client = ${make.replace("('", "(\n  '").replace(', new', ',\n  new').replace('())', '(),\n)')}`,
        call: `const { status } = await client.path('${path}').${method}\nif (status !== '200') throw new Error(status)`,
      },
    ],
  })),
  {
    client: 'Blob Storage, `@azure/storage-blob`',
    package: '@azure/storage-blob',
    ways: [
      {
        audience: 'https://storage.azure.com',
        host: 'myaccount.blob.core.windows.net',
        lines: `import { BlobServiceClient } from '@azure/storage-blob'
${credential}

const client = new BlobServiceClient('https://myaccount.blob.core.windows.net', new DefaultAzureCredential())`,
        call: `await client.getContainerClient('c').getProperties()`,
      },
    ],
  },
  {
    client: 'Key Vault, `@azure/keyvault-secrets`',
    package: '@azure/keyvault-secrets',
    ways: [
      {
        audience: 'https://vault.azure.net',
        host: 'my-vault.vault.azure.net',
        lines: `import { SecretClient } from '@azure/keyvault-secrets'
${credential}

const client = new SecretClient('https://my-vault.vault.azure.net', new DefaultAzureCredential())`,
        call: `await client.getSecret('name')`,
      },
    ],
  },
  {
    client: 'Monitor, `@azure/monitor-query-logs`',
    package: '@azure/monitor-query-logs',
    ways: [
      {
        audience: 'https://api.loganalytics.io',
        host: 'api.loganalytics.io',
        lines: `import { LogsQueryClient } from '@azure/monitor-query-logs'
${credential}

const client = new LogsQueryClient(new DefaultAzureCredential())`,
        call: `await client.queryWorkspace('workspace', 'Heartbeat', { duration: 'PT1H' })`,
      },
    ],
  },
  {
    client: 'Cosmos DB, `@azure/cosmos`',
    package: '@azure/cosmos',
    ways: [
      {
        audience: 'https://my-account.documents.azure.com',
        host: 'my-account.documents.azure.com',
        lines: `import { CosmosClient } from '@azure/cosmos'
${credential}

const client = new CosmosClient({
  endpoint: 'https://my-account.documents.azure.com',
  aadCredentials: new DefaultAzureCredential(),
})`,
        call: `await client.getDatabaseAccount()\nclient.dispose()`,
      },
    ],
  },
  {
    client: 'Service Bus, `@azure/service-bus`',
    package: '@azure/service-bus',
    ways: [
      {
        audience: 'https://servicebus.azure.net',
        host: 'my-namespace.servicebus.windows.net',
        lines: `import { ServiceBusAdministrationClient } from '@azure/service-bus'
${credential}

const client = new ServiceBusAdministrationClient(
  'my-namespace.servicebus.windows.net',
  new DefaultAzureCredential(),
)`,
        call: `for await (const _ of client.listQueues()) break`,
      },
    ],
    limits: 'Its `ServiceBusClient`, over AMQP, takes the same credential.',
  },
  {
    client: 'Speech, `microsoft-cognitiveservices-speech-sdk`',
    package: 'microsoft-cognitiveservices-speech-sdk',
    ways: [
      {
        host: 'my-resource.cognitiveservices.azure.com',
        lines: `import sdk from 'microsoft-cognitiveservices-speech-sdk'
${credential}

const config = sdk.SpeechConfig.fromEndpoint(
  new URL('https://my-resource.cognitiveservices.azure.com'),
  new DefaultAzureCredential(),
)`,
        call: `const audio = sdk.AudioConfig.fromStreamInput(sdk.AudioInputStream.createPushStream())
const recognizer = new sdk.SpeechRecognizer(config, audio)
await new Promise((resolve, reject) => sdk.Connection.fromRecognizer(recognizer).openConnection(resolve, reject))
process.exit(0)`,
      },
    ],
    limits:
      'It sends the token in the query of its WebSocket: keep such addresses out of logs. Its older form is an authorization token `aad#RESOURCE_ID#TOKEN`, with `await getAzureOpenAIToken()` as the token.',
  },
]
