/** The proxy that one writes oneself in Node: a key that is compared, a token that is added, and nothing else. */

import { timingSafeEqual } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream'

const { UPSTREAM = '', KEY = '', TOKEN = '' } = process.env
const upstream = new URL(UPSTREAM)
const agent = new https.Agent({ keepAlive: true, maxFreeSockets: 64 })
const key = Buffer.from(KEY)
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authorization', 'te', 'transfer-encoding', 'upgrade']

const server = http.createServer((incoming, outgoing) => {
  const [, given = ''] = /^Bearer (.*)$/.exec(incoming.headers.authorization ?? '') ?? []
  const presented = Buffer.from(given)
  if (presented.length !== key.length || !timingSafeEqual(presented, key)) {
    outgoing.writeHead(401).end()
    return
  }
  /** @type {http.OutgoingHttpHeaders} */
  const headers = { ...incoming.headers, host: upstream.host, authorization: `Bearer ${TOKEN}` }
  for (const name of HOP_BY_HOP) delete headers[name]
  const { hostname, port } = upstream
  const request = https.request(
    { agent, hostname, port, path: incoming.url, method: incoming.method, headers },
    (response) => {
      /** @type {http.OutgoingHttpHeaders} */
      const passed = { ...response.headers }
      for (const name of HOP_BY_HOP) delete passed[name]
      outgoing.writeHead(response.statusCode ?? 502, passed)
      pipeline(response, outgoing, () => {})
    },
  )
  request.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502)
    outgoing.end()
  })
  outgoing.on('close', () => request.destroy())
  pipeline(incoming, request, () => {})
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}`)
})
