/** @typedef {import('./index.mjs').App} App */

const NAMESPACE = 'namespace.servicebus.windows.net'

/** @param {import('./index.mjs').Given['of']} of */
const options = (of) => ({
  customEndpointAddress: `sb://localhost:${of('SWAP_BROKER_PORT')}`,
  retryOptions: { maxRetries: 0, timeoutInMs: 10_000 },
})

/** @type {App[]} */
export const MESSAGING = [
  {
    name: '@azure/service-bus, over AMQP',
    packages: ['@azure/service-bus'],
    classes: 'WorkloadIdentityCredential',
    identity: 'workload identity',
    run: async ({ load, of }) => {
      const { ServiceBusClient } = await load('@azure/service-bus')
      const { WorkloadIdentityCredential } = await load('@azure/identity')
      const client = new ServiceBusClient(NAMESPACE, new WorkloadIdentityCredential(), options(of))
      try {
        const sender = client.createSender('queue')
        await sender.sendMessages([{ body: 'a message' }])
        return 'sent'
      } finally {
        await client.close()
      }
    },
  },
  {
    name: '@azure/event-hubs, over AMQP',
    packages: ['@azure/event-hubs'],
    classes: 'ManagedIdentityCredential',
    identity: 'managed identity',
    run: async ({ load, of }) => {
      const { EventHubProducerClient } = await load('@azure/event-hubs')
      const { ManagedIdentityCredential } = await load('@azure/identity')
      const credential = new ManagedIdentityCredential({ clientId: '00000000-0000-0000-0000-000000000003' })
      const client = new EventHubProducerClient(NAMESPACE, 'hub', credential, options(of))
      try {
        await client.sendBatch([{ body: 'an event' }])
        return 'sent'
      } finally {
        await client.close()
      }
    },
  },
]
