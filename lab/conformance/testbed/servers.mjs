import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { openIdConfiguration } from '../../../testkit/answers.mjs'
import { lendAddress, startProxy } from '../../../testkit/forward.mjs'
import { startStandIn } from '../../../testkit/stand-in.mjs'
import { granted, identityGrant } from '../cases/common.mjs'
import { describeRequest } from './normalise.mjs'

/**
 * @typedef {import('../../../testkit/stand-in.mjs').Request} Request
 * @typedef {import('../../../testkit/stand-in.mjs').Answer} Answer
 * @typedef {import('../cases/common.mjs').Setting} Setting
 * @typedef {(request: Request) => Answer | undefined | Promise<Answer | undefined>} Script undefined is the usual answer
 * @typedef {{ issue: () => string, resource: string }} Given what an answer is filled with
 */

/**
 * The servers of one case, with their scripts; every request of any of them goes into one list.
 *
 * @param {Setting} it
 * @param {{ certificates: string, isolated: boolean }} settings
 */
export const startServers = async (it, { certificates, isolated }) => {
  /** @type {string[]} */
  const requests = []
  const issue = counter()
  /** @param {string} origin @param {Script} answerOf @param {{ key: string, cert: string }} [tls] */
  const start = (origin, answerOf, tls) =>
    startStandIn({
      tls,
      respond: async (request) => {
        requests.push(describeRequest(originOf(origin, request), request))
        return fillAnswer((await answerOf(request)) ?? {}, { issue, resource: resourceOf(request) })
      },
    })

  const [key, cert] = ['server.key', 'server.pem'].map((name) =>
    readFileSync(join(certificates, name), 'utf8'),
  )
  const authority = await start('authority', authorityScript(it), { key, cert })
  const host = await start(
    'http://host',
    script(it.host, identityGrant()),
    it.hostTls ? { key, cert } : undefined,
  )
  const proxy = await startProxy(authority.port, it.proxyRefusal)
  /** @type {(() => Promise<unknown>)[]} */
  const stops = [authority.close, host.close, proxy.close]
  if (it.imds && it.imds !== 'absent') {
    const imds = await start('http://imds', script(it.imds, identityGrant()))
    stops.push(await lendAddress(imds.port), imds.close)
  } else if (isolated && !it.imds) {
    // A case that is not about IMDS must not reach it: were it to, its list of requests would show that.
    const nobody = await start('http://imds', () => ({ status: 400, body: {} }))
    stops.push(await lendAddress(nobody.port), nobody.close)
  }
  return {
    places: {
      '{authority}': authority.origin,
      '{host}': host.origin,
      '{proxy}': `http://127.0.0.1:${proxy.port}`,
    },
    requests: () => requests,
    proxied: () => proxy.seen,
    close: () => Promise.all(stops.map((stop) => stop())),
  }
}

/** Through the proxy, one authority stands in for many: the Host header tells which was meant. @param {string} origin @param {Request} request */
const originOf = (origin, { headers }) => {
  if (origin !== 'authority') return origin
  const [name] = headers.host.split(':')
  return name === 'localhost' || name === '127.0.0.1' ? 'https://authority' : `https://${name}`
}

/**
 * The answers in turn; the last stays. `undefined` stands for the usual one.
 *
 * @param {import('../cases/common.mjs').Answers} answers
 * @param {Answer | undefined} usual
 * @returns {Script}
 */
const script = (answers, usual) => {
  const queue = [answers ?? usual].flat()
  return (request) => {
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? usual
    return typeof answer === 'function' ? answer(request) : answer
  }
}

/** @param {Setting} it @returns {Script} */
const authorityScript = (it) => {
  const token = script(it.authority, granted({ expires_in: 3599, ext_expires_in: 3599 }))
  const instance = script(it.instance, undefined)
  const openid = script(it.openid, undefined)
  return async (request) => {
    const origin = `https://${request.headers.host}`
    const [, tenant] = request.path.split('/')
    // Azure Pipelines' own, of the classes that ask it.
    if (request.path === '/oidc') return { body: { oidcToken: 'ASSERTION' } }
    if (request.path === '/common/discovery/instance')
      return (await instance(request)) ?? { body: known(request) }
    if (request.path.endsWith('/.well-known/openid-configuration')) {
      return (await openid(request)) ?? openIdConfiguration(origin, tenant)
    }
    return token(request)
  }
}

/** @param {Request} request */
const known = ({ query }) => {
  const endpoint = new URL(query.authorization_endpoint ?? 'https://login.microsoftonline.com/common')
  const [, tenant] = endpoint.pathname.split('/')
  return {
    tenant_discovery_endpoint: `${endpoint.origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [
      { preferred_network: endpoint.host, preferred_cache: endpoint.host, aliases: [endpoint.host] },
    ],
  }
}

const counter = () => {
  let issued = 0
  return () => `token-${(issued += 1)}`
}

const NUMBER = /^\{now([+-]\d+)\}$/
/** What a token is asked for: an identity endpoint echoes it. @param {Request} request */
const resourceOf = ({ query, body }) => query.resource ?? new URLSearchParams(body).get('resource') ?? ''

/** @param {Answer} answer @param {Given} given @returns {Answer} */
const fillAnswer = (answer, given) => {
  if (answer.body === undefined || Buffer.isBuffer(answer.body)) return answer
  return { ...answer, body: fillValue(answer.body, given) }
}
/** @param {unknown} value @param {Given} given @returns {unknown} */
const fillValue = (value, given) => {
  if (typeof value === 'string') return fillText(value, given)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fillValue(part, given)]))
}
/** @param {string} text @param {Given} given */
const fillText = (text, given) => {
  const [, seconds] = NUMBER.exec(text) ?? []
  if (seconds !== undefined) return String(Math.floor(Date.now() / 1000) + Number(seconds))
  return text.includes('{token}')
    ? text.replace('{token}', given.issue())
    : text.replace('{resource}', given.resource)
}
