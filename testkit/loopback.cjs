'use strict'

// Preloaded into a program under test: every TLS connection leads to the stand-in of Azure on this machine,
// under the name that was asked for, and nothing else leaves the machine.

const net = require('node:net')
const tls = require('node:tls')

const port = Number(process.env.LOOPBACK_PORT)
const isLoopback = (/** @type {string | undefined} */ host) =>
  host === undefined ||
  host === 'localhost' ||
  host === '::1' ||
  (net.isIPv4(host) && host.startsWith('127.'))

/** @type {(...args: any[]) => tls.TLSSocket} it has three forms */
const connectTls = tls.connect
tls.connect = (/** @type {any[]} it has three forms */ ...args) => {
  const [options, ...rest] = args
  const host = options?.host ?? options?.hostname
  if (typeof options !== 'object' || options.socket || isLoopback(host)) return connectTls(...args)
  const servername = options.servername || host
  const socket = connectTls(
    { ...options, host: '127.0.0.1', hostname: '127.0.0.1', port, servername },
    ...rest,
  )
  // HTTP/2 compares it with the origin.
  return Object.defineProperty(socket, 'remotePort', { value: Number(options.port ?? 443) })
}

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (/** @type {any[]} it has four forms */ ...args) {
  // Node's own callers hand over an array of options and callback.
  const [options] = Array.isArray(args[0]) ? args[0] : args
  if (typeof options === 'object' && options !== null && !options.path && !isLoopback(options.host)) {
    throw new Error(`This program goes nowhere but to this machine, and not to ${options.host}.`)
  }
  return connect.apply(this, /** @type {Parameters<typeof connect>} */ (args))
}
