import { createServer } from 'node:net'

/**
 * Starts `server` on a free port of 127.0.0.1, and on nothing else.
 *
 * @param {import('node:net').Server} server
 * @returns {Promise<number>} the port
 */
export const listen = (server) =>
  new Promise((resolve, reject) => {
    watch(server)
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () =>
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
    )
  })

/**
 * Stops a server together with every connection, also a connection without a request: a client's pool opens
 * some ahead, of which `closeAllConnections` knows nothing.
 *
 * @param {import('node:net').Server} server
 * @returns {Promise<void>}
 */
export const close = (server) =>
  new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets.get(server) ?? []) socket.destroy()
  })

/** @type {WeakMap<import('node:net').Server, Set<import('node:net').Socket>>} */
const sockets = new WeakMap()

/** @param {import('node:net').Server} server */
const watch = (server) => {
  const open = new Set()
  sockets.set(server, open)
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // It was on its way when the server stopped.
    if (!server.listening) socket.destroy()
  })
}

/** A port of 127.0.0.1 that is free at this moment, for a program that takes no port 0. */
export const freePort = async () => {
  const server = createServer()
  const port = await listen(server)
  await close(server)
  return port
}
