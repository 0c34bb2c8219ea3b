/**
 * Starts `server` on a free port of 127.0.0.1, and on nothing else.
 *
 * @param {import('node:net').Server} server
 * @returns {Promise<number>} the port
 */
export const listen = (server) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server.address().port))
  })

/**
 * Stops an HTTP server together with the connections that clients keep open.
 *
 * @param {import('node:http').Server} server
 */
export const close = (server) =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
