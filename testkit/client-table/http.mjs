/** @typedef {import('./index.mjs').Client} Client */

const url = `const url = 'https://my-resource.openai.azure.com/openai/v1/responses'`
const headers = `import { getAzureOpenAIAuthHeaders } from 'azure-openai-entra'`
const body = `{ model: 'gpt', input: 'Is it?' }`

/** @param {string} lines the request itself */
const request = (lines) => `${url}\n${lines}`

/** @type {Client[]} */
export const HTTP = [
  {
    client: 'The global `fetch`',
    package: 'node',
    ways: [
      {
        lines: `import { entraIdFetch } from 'azure-openai-entra'

const fetch = entraIdFetch()`,
        call: `${url}
const answer = await fetch(url, { method: 'POST', body: JSON.stringify(${body}) })
if (!answer.ok) throw new Error(String(answer.status))`,
      },
    ],
  },
  {
    client: 'axios',
    package: 'axios',
    ways: [
      {
        lines: `import axios from 'axios'
${headers}

${request(`await axios.post(
  url,
  ${body},
  { headers: await getAzureOpenAIAuthHeaders({ url }) },
)`)}`,
        call: '',
      },
    ],
  },
  {
    client: 'got',
    package: 'got',
    majors: ['14'],
    ways: [
      {
        lines: `import got from 'got'
${headers}

${request(`await got.post(url, {
  json: ${body},
  headers: await getAzureOpenAIAuthHeaders({ url }),
})`)}`,
        call: '',
      },
      {
        what: 'over HTTP/2, under the hook',
        register: true,
        lines: `import got from 'got'

${request(`const client = got.extend({
  http2: true,
  headers: { 'api-key': process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER },
})`)}`,
        call: `await client.post(url, { json: ${body} })`,
      },
    ],
  },
  {
    client: 'ky',
    package: 'ky',
    ways: [
      {
        needs: 22,
        lines: `import ky from 'ky'
import { entraIdFetch } from 'azure-openai-entra'

const client = ky.create({ fetch: entraIdFetch() })`,
        call: `${url}\nawait client.post(url, { json: ${body} })`,
      },
    ],
  },
  {
    client: 'superagent',
    package: 'superagent',
    ways: [
      {
        lines: `import superagent from 'superagent'
${headers}

${request(`await superagent
  .post(url)
  .set(await getAzureOpenAIAuthHeaders({ url }))
  .send(${body})`)}`,
        call: '',
      },
    ],
  },
  {
    client: 'needle',
    package: 'needle',
    ways: [
      {
        lines: `import needle from 'needle'
${headers}

${request(`const { statusCode } = await needle(
  'post',
  url,
  ${body},
  {
    json: true,
    headers: await getAzureOpenAIAuthHeaders({ url }),
  },
)`)}`,
        call: 'if (statusCode !== 200) throw new Error(String(statusCode))',
      },
    ],
  },
  {
    client: 'node-fetch',
    package: 'node-fetch',
    majors: ['2', '3'],
    ways: [
      {
        lines: `import nodeFetch from 'node-fetch'
import { entraIdFetch } from 'azure-openai-entra'

const fetch = entraIdFetch(nodeFetch)`,
        call: `${url}
const answer = await fetch(url, { method: 'POST', body: JSON.stringify(${body}) })
if (!answer.ok) throw new Error(String(answer.status))`,
      },
    ],
  },
  {
    client: 'undici',
    package: 'undici',
    majors: ['6', '7', '8'],
    ways: [
      {
        lines: `import { request } from 'undici'
${headers}

${request(`const { statusCode } = await request(url, {
  method: 'POST',
  headers: await getAzureOpenAIAuthHeaders({ url }),
  body: JSON.stringify(${body}),
})`)}`,
        call: 'if (statusCode !== 200) throw new Error(String(statusCode))',
      },
    ],
  },
  {
    client: 'ws',
    package: 'ws',
    ways: [
      {
        lines: `import { WebSocket } from 'ws'
${headers}

const url = 'wss://my-resource.openai.azure.com/openai/v1/realtime?model=gpt-realtime'
const socket = new WebSocket(url, { headers: await getAzureOpenAIAuthHeaders({ url }) })`,
        call: `await new Promise((resolve, reject) => { socket.on('message', resolve); socket.on('error', reject) })
socket.close()`,
      },
    ],
  },
]
