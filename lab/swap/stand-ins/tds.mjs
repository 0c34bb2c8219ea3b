/**
 * SQL Server of TDS 8.0 on loopback, as far as a login by a token and one number go (MS-TDS, sections 2.2.6 and 2.2.7).
 */

import { createServer } from 'node:tls'

import { close, listen } from '../../../testkit/listen.mjs'

const HEADER_BYTES = 8
const TYPE = { batch: 0x01, procedure: 0x03, response: 0x04, fedAuthToken: 0x08, login: 0x10, prelogin: 0x12 }
const END_OF_MESSAGE = 1
/** The resource whose tokens Azure SQL takes. */
const RESOURCE = 'https://database.windows.net/'

/**
 * @param {{ knows: (token: string) => boolean, tls: { key: string, cert: string }, tenantId: string }} options
 */
export const startSqlServer = async ({ knows, tls, tenantId }) => {
  /** @type {string[]} */
  const requests = []
  const server = createServer({ ...tls, ALPNProtocols: ['tds/8.0'] }, (socket) => {
    socket.on('error', () => {})
    messagesOf(socket, (type, data) => {
      const answer = answerTo(type, data)
      if (answer) socket.write(packet(answer))
    })
  })

  /** @param {number} type @param {Buffer} data */
  const answerTo = (type, data) => {
    if (type === TYPE.prelogin) return prelogin()
    if (type === TYPE.login) return fedAuthInfo(`https://login.microsoftonline.com/${tenantId}`)
    if (type === TYPE.fedAuthToken) {
      const isKnown = knows(data.toString('utf16le', 8, 8 + data.readUInt32LE(4)))
      requests.push(isKnown ? 'login with a token' : 'login with an unknown token')
      return isKnown ? Buffer.concat([loginAck(), FEATURE_ACK, done(0)]) : undefined
    }
    if (type === TYPE.procedure) {
      requests.push('a query')
      return Buffer.concat([ANSWER, done(1, 0xff), SUCCESS, done(0, 0xfe)])
    }
    if (type !== TYPE.batch) return undefined
    // Before its text are headers about the transaction.
    const text = data.toString('utf16le', data.readUInt32LE(0)).trim()
    if (!text.startsWith('select')) return done(0)
    requests.push('a query')
    return Buffer.concat([ANSWER, done(1)])
  }

  const port = await listen(server)
  return { port, requests, close: () => close(server) }
}

/**
 * @param {import('node:tls').TLSSocket} socket
 * @param {(type: number, data: Buffer) => void} act
 */
const messagesOf = (socket, act) => {
  let received = Buffer.alloc(0)
  /** @type {Buffer[]} */
  let parts = []
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= HEADER_BYTES && received.length >= received.readUInt16BE(2)) {
      const [type, status, length] = [received[0], received[1], received.readUInt16BE(2)]
      parts.push(received.subarray(HEADER_BYTES, length))
      received = received.subarray(length)
      if (status & END_OF_MESSAGE) {
        act(type, Buffer.concat(parts))
        parts = []
      }
    }
  })
}

/** @param {Buffer} data */
const packet = (data) => {
  const header = Buffer.from([TYPE.response, END_OF_MESSAGE, 0, 0, 0, 0, 1, 0])
  header.writeUInt16BE(HEADER_BYTES + data.length, 2)
  return Buffer.concat([header, data])
}

/** The options VERSION, ENCRYPTION (not in this layer), INSTOPT, MARS and FEDAUTHREQUIRED. */
const prelogin = () => {
  /** @type {[number, number[]][]} */
  const options = [
    [0, [16, 0, 0, 0, 0, 0]],
    [1, [2]],
    [2, [0]],
    [4, [0]],
    [6, [1]],
  ]
  let at = 5 * options.length + 1
  const index = options.flatMap(([option, value]) => {
    const entry = [option, at >> 8, at & 255, 0, value.length]
    at += value.length
    return entry
  })
  return Buffer.from([...index, 0xff, ...options.flatMap(([, value]) => value)])
}

/** Where to get a token, and for what. @param {string} authority */
const fedAuthInfo = (authority) => {
  const values = [authority, RESOURCE].map((text) => Buffer.from(text, 'utf16le'))
  let at = 4 + 9 * values.length
  const entries = values.map((value, nth) => {
    const entry = Buffer.concat([Buffer.from([nth + 1]), uint32(value.length), uint32(at)])
    at += value.length
    return entry
  })
  const data = Buffer.concat([uint32(values.length), ...entries, ...values])
  return Buffer.concat([Buffer.from([0xee]), uint32(data.length), data])
}

const loginAck = () => {
  const data = Buffer.concat([Buffer.from([1, 0x08, 0, 0, 0]), text('stand-in'), Buffer.from([16, 0, 0, 0])])
  return Buffer.concat([Buffer.from([0xad]), uint16(data.length), data])
}

const FEATURE_ACK = Buffer.from([0xae, 0x02, 0, 0, 0, 0, 0xff])

/** The status that a procedure returns. */
const SUCCESS = Buffer.from([0x79, 0, 0, 0, 0])

/** @param {number} rows @param {number} [token] of a batch, or of a procedure and what is in it */
const done = (rows, token = 0xfd) =>
  Buffer.concat([Buffer.from([token]), uint16(rows ? 0x10 : 0), uint16(0), uint32(rows), uint32(0)])

/** Of 32-bit numbers. @param {string} name */
const oneColumn = (name) =>
  Buffer.concat([Buffer.from([0x81]), uint16(1), uint32(0), uint16(0), Buffer.from([0x38]), text(name)])

/** @param {number} value */
const row = (value) => Buffer.concat([Buffer.from([0xd1]), uint32(value)])

/** @param {string} value */
const text = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'utf16le')])

/** @param {number} value */
const uint16 = (value) => Buffer.from([value & 255, value >> 8])

/** @param {number} value */
const uint32 = (value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** What every query gets. */
const ANSWER = Buffer.concat([oneColumn('answer'), row(42)])
