import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** More than fit into the queue of a listener with the smallest backlog. */
const FILLERS = 4
/** The first byte of a client that speaks TLS. */
const TLS_HANDSHAKE = 0x16

/**
 * A server at one address that can be taken away, put back and told to misbehave. It notes each attempt to get a token
 * as `{ began, ended }`, in ms since the epoch.
 *
 * @param {{
 *   address?: string, port?: number, tls?: { key: Buffer, cert: Buffer },
 *   respond?: (request: import('node:http').IncomingMessage, outgoing: import('node:http').ServerResponse) => void,
 * }} setting
 */
export const startEndpoint = async ({ address = '127.0.0.1', port = 0, tls, respond }) => {
  /** @type {import('./verdict.mjs').Attempt[]} */
  const attempts = []
  /** @type {Set<net.Socket>} */
  const sockets = new Set()
  /** @type {((socket: net.Socket) => void) | undefined} */
  let onConnection
  /** @type {(() => Promise<void>) | undefined} */
  let releaseBlackhole

  const note = (/** @type {import('node:events').EventEmitter} */ emitter) => {
    /** @type {import('./verdict.mjs').Attempt} */
    const attempt = { began: Date.now(), ended: undefined }
    attempts.push(attempt)
    emitter.once('close', () => (attempt.ended = Date.now()))
  }
  /** @type {http.RequestListener} */
  const onRequest = (request, outgoing) => {
    note(outgoing)
    request.resume()
    if (!respond) throw new Error(`${request.method} ${request.url} came to an endpoint without responses`)
    respond(request, outgoing)
  }
  const plain = http.createServer(onRequest)
  const server = tls ? https.createServer(tls, onRequest) : plain
  server.on('tlsClientError', () => {})
  const front = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    if (onConnection) {
      note(socket)
      onConnection(socket)
    } else if (!tls) server.emit('connection', socket)
    else socket.once('data', (first) => serve(socket, first))
  })
  /** The metadata server of Google Cloud is asked without TLS. @param {net.Socket} socket @param {Buffer} first */
  const serve = (socket, first) => {
    socket.pause()
    socket.unshift(first)
    if (first[0] === TLS_HANDSHAKE) return server.emit('connection', socket)
    plain.emit('connection', socket)
    // Its parser reads what comes, and not what has come.
    socket.resume()
  }
  const disconnect = () => {
    for (const socket of sockets) socket.destroy()
  }
  /** @returns {Promise<number>} */
  const open = () =>
    new Promise((resolve, reject) => {
      front.once('error', reject)
      front.listen({ host: address, port }, () =>
        resolve(/** @type {net.AddressInfo} */ (front.address()).port),
      )
    })
  const shut = async () => {
    if (!front.listening) return
    const closed = once(front, 'close')
    front.close()
    disconnect()
    await closed
  }
  // From here on it is the same port for good.
  port = await open()

  return {
    port,
    attempts,
    open: async () => {
      if (releaseBlackhole) await releaseBlackhole()
      releaseBlackhole = undefined
      if (!front.listening) await open()
    },
    /** Ends the connections that there are. */
    disconnect,
    /** From now on connections are refused. */
    shut,
    /** From now on no SYN is answered. */
    vanish: async () => {
      await shut()
      releaseBlackhole = await openBlackhole(address, port)
    },
    /** What becomes of new connections; existing ones end. @param {typeof onConnection} handle */
    onConnection: (handle) => {
      onConnection = handle
      if (handle) disconnect()
    },
    close: async () => {
      if (releaseBlackhole) await releaseBlackhole()
      await shut()
    },
  }
}

/** @param {string} address @param {number} port */
const openBlackhole = async (address, port) => {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('blackhole.mjs', import.meta.url), {
    workerData: { address, port, gate },
  })
  await once(worker, 'message')
  const fillers = Array.from({ length: FILLERS }, () =>
    net.connect({ host: address, port }).on('error', () => {}),
  )
  await once(fillers[0], 'connect')
  return async () => {
    for (const filler of fillers) filler.destroy()
    const exited = once(worker, 'exit')
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    await exited
  }
}
