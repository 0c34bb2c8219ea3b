import http from 'node:http'
import net from 'node:net'

import { close, listen } from './listen.mjs'

/**
 * The address of IMDS, given to a stand-in on another port: needs a private network.
 *
 * @param {number} port
 * @returns {Promise<() => Promise<unknown>>}
 */
export const lendAddress = (port, host = '169.254.169.254', ownPort = 80) =>
  new Promise((resolve, reject) => {
    const server = net.createServer((socket) => join(socket, net.connect(port, '127.0.0.1')))
    /** @type {Set<net.Socket>} */
    const sockets = new Set()
    server.on('connection', (socket) => sockets.add(socket))
    server.once('error', reject)
    server.listen(ownPort, host, () =>
      resolve(() => {
        for (const socket of sockets) socket.destroy()
        return new Promise((done) => server.close(done))
      }),
    )
  })

/**
 * A proxy that leads every CONNECT to the authority, or to the port of its host, and passes plain requests on. It records
 * both, and the logins that it is given.
 *
 * @param {number | ((host: string, port: number) => number)} authorityPort
 * @param {string} [refusal] what every CONNECT is answered
 */
export const startProxy = async (authorityPort, refusal) => {
  /** @type {string[]} */
  const seen = []
  /** @type {string[]} */
  const logins = []
  const server = http.createServer((incoming, outgoing) => pass(incoming, outgoing, seen))
  /** @type {Set<import('node:stream').Duplex>} */
  const sockets = new Set()
  server.on('connect', (request, socket) => {
    const [, login] = request.headers['proxy-authorization']?.split(' ') ?? []
    seen.push(`CONNECT ${request.url}${login ? ' with a password' : ''}`)
    if (login) logins.push(Buffer.from(login, 'base64').toString())
    sockets.add(socket)
    socket.on('error', () => {})
    if (refusal) return socket.end(refusal)
    const [host, asked] = String(request.url).split(':')
    const port = typeof authorityPort === 'number' ? authorityPort : authorityPort(host, Number(asked))
    const upstream = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      join(socket, upstream)
    })
    upstream.on('error', () => socket.destroy())
  })
  const port = await listen(server)
  const stop = () => {
    for (const socket of sockets) socket.destroy()
    return close(server)
  }
  return { port, seen, logins, close: stop }
}

/**
 * Passes on what either socket gets, and ends both together.
 *
 * @param {import('node:stream').Duplex} one
 * @param {import('node:stream').Duplex} other
 */
export const join = (one, other) => {
  one.on('error', () => other.destroy())
  other.on('error', () => one.destroy())
  one.on('close', () => other.destroy())
  one.pipe(other).pipe(one)
}

const SECRET_HEADERS = ['x-identity-header', 'secret', 'authorization']

/** @param {http.IncomingMessage} incoming @param {http.ServerResponse} outgoing @param {string[]} seen */
const pass = (incoming, outgoing, seen) => {
  const secrets = SECRET_HEADERS.filter((name) => incoming.headers[name] !== undefined)
  const { method, headers, url = '' } = incoming
  seen.push(`${method} ${url.split('?')[0]}${secrets.length ? ` with ${secrets}` : ''}`)
  const onward = http.request(url, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.writeHead(502).end())
  incoming.pipe(onward)
}
