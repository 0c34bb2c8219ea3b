import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

import { vaultChallenge } from './vault.mjs'

/** @typedef {import('./index.mjs').App} App */

const ACCOUNT = 'https://account.blob.core.windows.net'

/** Blob Storage: it takes what is written, and gives the same text for every read. @type {import('./index.mjs').Serve} */
const blobs = ({ method }) => {
  const headers = { etag: '"1"', 'last-modified': new Date(0).toUTCString(), 'x-ms-version': '2021-04-10' }
  if (method === 'PUT') return { status: 201, headers }
  if (method === 'DELETE') return { status: 202, headers }
  const body = 'the blob'
  return {
    headers: { ...headers, 'content-length': String(body.length), 'x-ms-blob-type': 'BlockBlob' },
    body,
  }
}

/** @type {App[]} */
export const STORAGE = [
  {
    // As LibreChat keeps its files: one client for the process, a blob for each file of a user.
    name: '@azure/storage-blob, as LibreChat stores files',
    packages: ['@azure/storage-blob'],
    classes: 'DefaultAzureCredential',
    identity: 'managed identity',
    serve: blobs,
    run: async ({ load }) => {
      const [{ BlobServiceClient }, { DefaultAzureCredential }] = [
        await load('@azure/storage-blob'),
        await load('@azure/identity'),
      ]
      const container = new BlobServiceClient(ACCOUNT, new DefaultAzureCredential()).getContainerClient(
        'files',
      )
      await container.createIfNotExists({ access: 'blob' })
      const blob = container.getBlockBlobClient('images/user/avatar.png')
      await blob.uploadData(Buffer.from('an image'), { blobHTTPHeaders: { blobContentType: 'image/png' } })
      const download = await blob.download(0)
      const text = (await buffer(download.readableStreamBody)).toString()
      await blob.delete()
      return text
    },
  },
  {
    name: 'strapi-provider-upload-azure-storage',
    packages: ['strapi-provider-upload-azure-storage'],
    classes: 'DefaultAzureCredential',
    identity: 'managed identity',
    serve: blobs,
    run: async ({ load }) => {
      const { default: strapi } = await load('strapi-provider-upload-azure-storage')
      const provider = strapi.init({
        authType: 'msi',
        clientId: '00000000-0000-0000-0000-000000000003',
        account: 'account',
        containerName: 'uploads',
        defaultPath: 'assets',
      })
      const file = {
        hash: 'hash',
        ext: '.png',
        mime: 'image/png',
        stream: Readable.from([Buffer.from('an image')]),
      }
      await provider.uploadStream(file)
      return /** @type {{ url?: string }} */ (file).url
    },
  },
  {
    name: 'unstorage, its drivers of four services',
    packages: ['unstorage'],
    classes: 'DefaultAzureCredential',
    identity: 'service principal',
    serve: (request) => {
      if (request.host.startsWith('vault.'))
        return { body: { value: 'a secret', id: `${request.origin}/secrets/key/1` } }
      if (request.host.startsWith('config.')) return { body: { key: 'key', value: 'a setting', etag: '1' } }
      if (request.host.includes('.table.'))
        return { body: { 'odata.etag': '1', partitionKey: 'p', rowKey: 'key', unstorageValue: 'an entity' } }
      return blobs(request)
    },
    challenge: vaultChallenge,
    run: async ({ load }) => {
      const drivers = {
        'azure-storage-blob': { accountName: 'account', containerName: 'files' },
        'azure-key-vault': { vaultName: 'vault' },
        'azure-app-configuration': { appConfigName: 'config' },
        'azure-storage-table': { accountName: 'account', tableName: 'table', partitionKey: 'p' },
      }
      const items = []
      for (const [name, options] of Object.entries(drivers)) {
        const driver = (await load(`unstorage/drivers/${name}`)).default(options)
        items.push(await driver.getItem('key'))
      }
      return items
    },
  },
]
