/**
 * A listener that accepts nothing: once its queue is full, the system drops what else comes, as a firewall does. It
 * blocks its thread, for Node accepts whenever it can.
 */
import net from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { address, port, gate } = workerData
const server = net.createServer()
server.listen({ host: address, port, backlog: 1 }, () => {
  parentPort?.postMessage('listening')
  Atomics.wait(gate, 0, 0)
  // The peers of the waiting connections get no notice.
  process.exit()
})
