import { createSecureContext } from 'node:tls'

import { grant } from './authority.mjs'
import { makeAuthority, makeServer } from './certificates.mjs'
import { startStandIn } from './stand-in.mjs'

/** @typedef {import('./authority.mjs').Registration} Registration */

const NAME = 'cluster.ests.aks'
const PATH = '/proxy'

/** A CA of a cluster, and the TLS of its token proxy: only for a client that asks for it by its name. */
export const makeCluster = async () => {
  const ca = await makeAuthority('cluster')
  const { private: key, cert } = await makeServer(NAME, [NAME], ca)
  return { ca: ca.cert, context: createSecureContext({ key, cert }) }
}

/**
 * The token proxy of an AKS cluster with identity bindings, over TLS on loopback: it exchanges what `registration` has for
 * tokens of `tokens`.
 *
 * @param {Registration & { tokens: import('./tokens.mjs').Tokens }} registration
 */
export const startTokenProxy = async (registration) => {
  let cluster = await makeCluster()
  /** @type {string[]} */
  const names = []
  const standIn = await startStandIn({
    tls: {
      SNICallback: (name, done) => {
        names.push(name)
        done(null, name === NAME ? cluster.context : undefined)
      },
    },
    respond: (request) => {
      if (!request.path.startsWith(`${PATH}/`)) return { status: 404, body: '' }
      return grant({ ...request, path: request.path.slice(PATH.length) }, registration, registration.tokens)
    },
  })
  return {
    ...standIn,
    /** The names that clients asked TLS for. */
    names,
    ca: cluster.ca,
    /** Replaces CA and certificate, and gives the new CA. */
    rotate: async () => (cluster = await makeCluster()).ca,
    /** What AKS's webhook sets, but for the CA. */
    environment: {
      AZURE_KUBERNETES_TOKEN_PROXY: `https://127.0.0.1:${standIn.port}${PATH}`,
      AZURE_KUBERNETES_SNI_NAME: NAME,
    },
  }
}
