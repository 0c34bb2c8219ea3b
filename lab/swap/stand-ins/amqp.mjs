/** A message broker on loopback: AMQP 1.0 over TLS, with claims-based security, by the library that its clients use. */

import { close } from '../../../testkit/listen.mjs'

/** @typedef {any} Foreign an object of the library, which is installed elsewhere */

/** The links over which a client hands in its tokens. */
const CBS = '$cbs'

/**
 * @param {{
 *   load: NodeJS.Require, knows: (token: string) => boolean, tls: { key: string, cert: string },
 * }} options `load` finds the library
 */
export const startBroker = async ({ load, knows, tls }) => {
  /** @type {string[]} */
  const requests = []
  const rhea = load('rhea')
  const container = rhea.create_container()
  container.sasl_server_mechanisms.enable_anonymous()
  // The one of claims-based security: the token comes later.
  container.sasl_server_mechanisms.MSSBCBS = () => ({ outcome: true, start: () => {}, step: () => {} })

  /** @type {Map<string, Foreign>} the links to clients, by their names: there each expects its answers */
  const answersTo = new Map()
  container.on('sender_open', (/** @type {Foreign} */ { sender }) => {
    sender.set_source(sender.remote.attach.source)
    sender.set_target(sender.remote.attach.target)
    if (sender.source.address === CBS) answersTo.set(sender.name, sender)
  })
  container.on('receiver_open', (/** @type {Foreign} */ { receiver }) => {
    receiver.set_source(receiver.remote.attach.source)
    receiver.set_target(receiver.remote.attach.target)
  })
  container.on('message', (/** @type {Foreign} */ { message, receiver }) => {
    const { address } = receiver.target
    if (address !== CBS) return requests.push(`a message to ${address}`)
    const isKnown = knows(message.body)
    const { operation, name, type } = message.application_properties
    requests.push(
      `${operation} ${type} for ${String(name).replace(/^\w+:\/\//, '')}: ${isKnown ? 'good' : 'unknown'}`,
    )
    answersTo.get(message.reply_to)?.send({
      to: message.reply_to,
      correlation_id: message.message_id,
      application_properties: {
        'status-code': isKnown ? 202 : 401,
        'status-description': isKnown ? 'Accepted' : 'No',
      },
      body: '',
    })
  })
  const server = container.listen({ ...tls, transport: 'tls', port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    requests,
    close: () => close(server),
  }
}
