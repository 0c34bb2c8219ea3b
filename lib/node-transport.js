'use strict'

const { clearTimeout, setTimeout } = require('node:timers')

const { own } = require('./own')

/** @typedef {import('./native').HttpRequestFields} Request */
/** @typedef {import('./native').HttpAnswerFields} Answer */
/** @typedef {import('node:tls').SecureContextOptions} TlsOptions */
/** @typedef {import('node:https').RequestOptions} RequestOptions */

/** As the core's own transport. */
const CONNECT_LIMIT_MS = 5_000
/** The core refuses what is longer than 256 KiB: it need not come here whole. */
const MOST_BYTES = 256 * 1024 + 1

/**
 * What Node's modules read of the options for a connection. Node copies these into ordinary objects, so that what they do not
 * have themselves comes from `Object.prototype`: a CA there would be trusted. Not in the list are those for which `tls.connect`
 * has a value of its own, such as `checkServerIdentity`, and those of an address.
 */
const READ_BY_NODE = {
  http:
    '_defaultAgent agent createConnection defaultPort insecureHTTPParser joinDuplicateHeaders maxHeaderSize ' +
    'proxyEnv setHost socketPath timeout uniqueHeaders',
  tls:
    'ALPNCallback ALPNProtocols SNICallback allowPartialTrustChain ca cert certificateCompression ' +
    'clientCertEngine credentials crl dhparam ecdhCurve enableTrace handshakeTimeout honorCipherOrder isServer key maxVersion minVersion ' +
    'passphrase pauseOnConnect pfx privateKeyEngine privateKeyIdentifier pskCallback pskIdentityHint ' +
    'requestCert requestOCSP secureContext secureOptions secureProtocol server servername session ' +
    'sessionIdContext sessionTimeout sigalgs singleUse socket ticketKeys',
  net:
    'allowHalfOpen autoSelectFamily autoSelectFamilyAttemptTimeout blockList family fd handle hints keepAlive ' +
    'keepAliveInitialDelay localAddress localPort lookup manualStart noDelay onread pauseOnCreate pipe ' +
    'typeOfService',
  stream:
    'autoDestroy captureRejections construct decodeStrings defaultEncoding destroy emitClose encoding final ' +
    'highWaterMark objectMode read readable readableHighWaterMark readableObjectMode writable ' +
    'writableHighWaterMark writableObjectMode write writev',
}
/** None of them is set. @type {Record<string, undefined>} */
const UNSET = Object.fromEntries(
  Object.values(READ_BY_NODE)
    .join(' ')
    .split(' ')
    .map((name) => [name, undefined]),
)
/** Without it, Node asks `NODE_TLS_REJECT_UNAUTHORIZED`, which `process.env` can also inherit from `Object.prototype`. */
const BASE = { ...UNSET, rejectUnauthorized: true }

/**
 * Sends a request by Node's own HTTP: whatever its OpenSSL, its agents and an interceptor in its place do, it gets. No
 * redirect is followed.
 *
 * @param {Request} request
 * @param {TlsOptions | undefined} tls
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
async function sendByNode({ method, url, headers, body, proxy, direct }, tls, signal) {
  const target = new URL(url)
  const { Agent, request } = moduleOf(target)
  const tunnel =
    proxy === undefined || proxy === null ? undefined : await tunnelTo(target, new URL(proxy), signal)
  const agent = tunnel ? new Agent() : undefined
  // Not as an option: with an agent, Node does not look at that one.
  if (tunnel)
    Object.assign(/** @type {object} */ (agent), { createConnection: () => secured(target, tls, tunnel) })
  // An ordinary object, because interceptors such as msw's take no other.
  const options = {
    ...BASE,
    ...tls,
    ...placeOf(target),
    method,
    signal,
    headers: Object.fromEntries(headers),
    agent,
  }
  if (direct) return askDirectly(options, target, tls, body ?? undefined)
  const sent = request(options)
  return answerOf(sent, () => sent.end(body ?? undefined))
}

/**
 * Sends a request whose headers may reach no other host. Agents lead to proxies: the global one with NODE_USE_ENV_PROXY, and in place of
 * any agent what packages such as global-agent put into `http.request`. So no agent is asked: the connection is made here, and nothing
 * is sent unless it is the one that Node has taken.
 *
 * @param {RequestOptions} options
 * @param {URL} target
 * @param {TlsOptions | undefined} tls
 * @param {string} [body]
 * @returns {Promise<Answer>}
 */
function askDirectly(options, target, tls, body) {
  const { ClientRequest, OutgoingMessage } = require('node:http')
  const { protocol } = target
  /** @type {import('node:net').Socket | undefined} */
  let connection
  const createConnection = () =>
    (connection = protocol === 'https:' ? secured(target, tls) : connected(target))
  const defaultPort = protocol === 'https:' ? 443 : 80
  const all = /** @type {any} as Node's own modules call it, which an interceptor of a test replaces too */ ({
    ...options,
    defaultPort,
    // Not asked for a connection.
    _defaultAgent: own({ protocol }),
    createConnection,
  })
  // Nock's in its place does not send what it lets pass.
  const isNodes = Object.getPrototypeOf(ClientRequest.prototype) === OutgoingMessage.prototype
  const sent = isNodes ? new ClientRequest(all) : moduleOf(target).request(all)
  return answerOf(sent, () =>
    sent.once('socket', (socket) => {
      if (socket === connection || isOfTest(socket)) sent.end(body)
      else sent.destroy(new Error(`${LED_ELSEWHERE} ${target.host}`))
    }),
  )
}

const LED_ELSEWHERE =
  'a package of the app, such as a global agent for a proxy, would lead this request elsewhere, so it is not sent. Have it make no connection of its own to'

/**
 * Whether a connection leads nowhere, as that of an interceptor such as msw.
 *
 * @param {any} socket of Node, whose handle has no type
 */
function isOfTest({ _handle: handle }) {
  return handle === undefined || handle === null
}

/**
 * An address as options: of an object with `path` or `auth` from a prototype, Node does not see that it is a URL.
 *
 * @param {URL} url
 */
function placeOf(url) {
  const { port, auth, ...place } = own(require('node:url').urlToHttpOptions(url))
  return { ...place, port, auth }
}

/** @param {URL} url @returns {typeof import('node:https')} */
function moduleOf(url) {
  return url.protocol === 'https:'
    ? require('node:https')
    : /** @type {any} the same calls */ (require('node:http'))
}

/**
 * @param {import('node:http').ClientRequest} request
 * @param {() => void} send
 * @returns {Promise<Answer>}
 */
function answerOf(request, send) {
  return new Promise((resolve, reject) => {
    limitConnecting(request)
    request.on('error', reject)
    // A switch to another protocol, which Node ends without an error.
    const onClose = () => reject(cutOff())
    request.on('close', onClose)
    request.on('response', (response) => {
      // From here on the response says how it ends. Nock's request closes before its response has ended.
      request.off('close', onClose)
      /** @type {Buffer[]} */
      const chunks = []
      let bytes = 0
      const end = () => {
        const { statusCode = 0, rawHeaders } = response
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: statusCode, headers: pairs(rawHeaders), body: text })
      }
      response.on('data', (/** @type {Buffer} */ chunk) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes < MOST_BYTES) return
        end()
        request.destroy()
      })
      response.on('end', end)
      response.on('error', reject)
      for (const event of ['aborted', 'close']) response.on(event, onClose)
    })
    send()
  })
}

function cutOff() {
  return Object.assign(new Error('the response was cut off'), { code: 'ECONNRESET' })
}

/** @param {import('node:http').ClientRequest} request */
function limitConnecting(request) {
  const limit = setTimeout(() => {
    const message = `connecting timed out after ${CONNECT_LIMIT_MS / 1000} s`
    request.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  }, CONNECT_LIMIT_MS)
  for (const event of ['finish', 'response', 'connect', 'error', 'close'])
    request.once(event, () => clearTimeout(limit))
}

/**
 * Names and values.
 *
 * @param {string[]} raw
 * @returns {[string, string][]}
 */
function pairs(raw) {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at], raw[2 * at + 1]])
}

/** @param {string} text of an address. In a variable, a `%` in it may code nothing. */
function unescaped(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * A connection to `target` through a proxy.
 *
 * @param {URL} target
 * @param {URL} proxy
 * @param {AbortSignal} [signal]
 * @returns {Promise<import('node:net').Socket>}
 */
function tunnelTo(target, proxy, signal) {
  const host = `${target.hostname}:${target.port || '443'}`
  const { username, password } = proxy
  // Node would take the login for that of the host.
  const place = new URL(proxy.href)
  place.username = place.password = ''
  const login = Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')
  return new Promise((resolve, reject) => {
    const options = {
      ...BASE,
      ...placeOf(place),
      method: 'CONNECT',
      path: host,
      agent: /** @type {const} */ (false),
      signal,
      headers: username === '' ? { host } : { host, 'proxy-authorization': `Basic ${login}` },
    }
    const request = moduleOf(proxy).request(options)
    limitConnecting(request)
    request.on('error', reject)
    request.on('close', () => reject(cutOff()))
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(
        new Error(`the proxy answered ${statusCode}. Check its user name, its password and what it allows`),
      )
    })
    request.end()
  })
}

/**
 * @param {URL} target
 * @param {TlsOptions | undefined} tls
 * @param {import('node:net').Socket} [socket] if there is one
 */
function secured(target, tls, socket) {
  const { isIP } = require('node:net')
  const { host, port } = endOf(target)
  const servername = isIP(host) === 0 ? host : ''
  const place = { host, servername, path: undefined, port: socket ? undefined : port }
  return require('node:tls').connect(own({ ...BASE, ...tls, ...place, socket }))
}

/** @param {URL} target */
function connected(target) {
  return require('node:net').connect(own({ ...UNSET, ...endOf(target), path: undefined }))
}

/** @param {URL} url */
function endOf({ hostname, port, protocol }) {
  const host = hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
}

module.exports = { sendByNode }
