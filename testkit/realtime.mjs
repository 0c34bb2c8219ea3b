import { createHash } from 'node:crypto'

/** What RFC 6455 adds to the client's key. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT = 1
const CLOSE = 8

/**
 * Serves the Realtime API's WebSocket on `server`: `session.created` first, then each event of the client comes back as
 * `response.done` with its type.
 *
 * @param {import('node:http').Server} server
 * @param {(incoming: import('node:http').IncomingMessage) => { status: number, body: object } | undefined} refuse
 */
export const serveRealtime = (server, refuse) =>
  server.on('upgrade', (incoming, socket) => {
    const refusal = refuse(incoming)
    if (refusal) {
      const body = JSON.stringify(refusal.body)
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
      return
    }
    const accept = createHash('sha1')
      .update(`${incoming.headers['sec-websocket-key']}${GUID}`)
      .digest('base64')
    const [protocol] = (incoming.headers['sec-websocket-protocol'] ?? '').split(', ')
    const chosen = protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`,
    )
    socket.on('error', () => {})
    socket.write(frame(TEXT, JSON.stringify({ type: 'session.created', session: { model: 'realtime' } })))
    let held = Buffer.alloc(0)
    socket.on('data', (data) => {
      held = Buffer.concat([held, data])
      for (let read = unframe(held); read; read = unframe(held)) {
        held = held.subarray(read.length)
        if (read.opcode === CLOSE) {
          socket.end(frame(CLOSE, read.payload))
        } else if (read.opcode === TEXT) {
          const { type } = JSON.parse(read.payload.toString())
          socket.write(frame(TEXT, JSON.stringify({ type: 'response.done', response: { asked: type } })))
        }
      }
    })
  })

/** @param {number} opcode @param {string | Buffer} payload */
const frame = (opcode, payload) => {
  const bytes = Buffer.from(payload)
  const head = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), bytes])
}

/** The first frame of a client, unmasked, if all of it is there. @param {Buffer} bytes */
const unframe = (bytes) => {
  if (bytes.length < 2) return undefined
  const isLong = (bytes[1] & 127) === 126
  const start = isLong ? 4 : 2
  if (bytes.length < start) return undefined
  const size = isLong ? bytes.readUInt16BE(2) : bytes[1] & 127
  const length = start + 4 + size
  if (bytes.length < length) return undefined
  const mask = bytes.subarray(start, start + 4)
  const payload = Buffer.from(bytes.subarray(start + 4, length).map((byte, at) => byte ^ mask[at % 4]))
  return { opcode: bytes[0] & 15, payload, length }
}
