import { performance } from 'node:perf_hooks'

import { isEntraIdError, quoteForeign, summaryOf } from '#doctor-api'
import { described, kindOf, shown } from '#shown'
import { getAzureOpenAIAuthHeaders } from 'azure-openai-entra'

import { printable } from '../foreign-text.mjs'
import { isKeyless } from '../forms.mjs'
import { UsageError } from '../usage.mjs'
import { meaningOf } from './answers.mjs'
import { keysSet } from './app.mjs'
import { hiding } from './echo.mjs'

/** A model that thinks answers late even to a word. */
const LIMIT_MS = 60_000

/**
 * @typedef {{
 *   url: string, ok: boolean, status?: number, durationMs: number, meaning: string, nextStep?: string, said?: string,
 * }} EndpointReport `said`: what the answer says by itself
 */

/** Of the classic API. The v1 API needs none. */
const API_VERSION = '2024-10-21'

/**
 * @param {{ endpoint: string, deployment?: string, apiVersion?: string }} target
 * @returns {URL}
 */
export function addressOf({ endpoint, deployment, apiVersion }) {
  if (!URL.canParse(endpoint))
    throw new UsageError('--endpoint must be a URL such as https://my-resource.openai.azure.com')
  const url = new URL(endpoint)
  if (url.protocol !== 'https:') throw new UsageError('--endpoint must begin with https://')
  // Of a password with a `/`, `?` or `#` in it, the parser takes what is before that for the host.
  if (url.username !== '' || url.password !== '' || /@/.test(url.pathname + url.search + url.hash))
    throw new UsageError('--endpoint must be an address without user and password')
  if (apiVersion !== undefined && !/^[\w.-]{1,40}$/.test(apiVersion)) {
    throw new UsageError(
      `--api-version must be a version such as 2024-10-21 or preview, not ${described(apiVersion)}`,
    )
  }
  // What is copied from the portal may go on to a deployment, or to a path of the v1 API.
  const [, folder, isV1] = /^(.*?)(?:\/openai(?:(\/v1)(?:\/.*)?|\/.*)?)?\/?$/.exec(url.pathname) ?? []
  if (isV1) {
    url.pathname = `${folder}/openai/v1/${deployment === undefined ? 'models' : 'chat/completions'}`
    url.search = apiVersion === undefined ? '' : new URLSearchParams({ 'api-version': apiVersion }).toString()
    return url
  }
  url.pathname =
    deployment === undefined
      ? `${folder}/openai/models`
      : `${folder}/openai/deployments/${encodeURIComponent(deployment)}/chat/completions`
  url.search = new URLSearchParams({ 'api-version': apiVersion ?? API_VERSION }).toString()
  return url
}

/**
 * Sends one request as an app would.
 *
 * @param {URL} url
 * @param {{ deployment?: string, scope?: string, winner?: import('./command.mjs').Report['winner'] }} how
 * @returns {Promise<EndpointReport>}
 */
export async function tryEndpoint(url, { deployment, scope, winner }) {
  const began = performance.now()
  const report = (/** @type {Omit<EndpointReport, 'url' | 'durationMs'>} */ told) => ({
    url: toShow(url),
    durationMs: Math.round(performance.now() - began),
    ...told,
  })
  let response
  let authorization
  try {
    authorization = await getAzureOpenAIAuthHeaders({ url, scope })
    response = await fetch(url, {
      ...(deployment !== undefined && {
        method: 'POST',
        body: JSON.stringify({ ...CHAT, model: deployment }),
      }),
      headers: { ...authorization, 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
  } catch (error) {
    return report({ ok: false, ...unreached(/** @type {Error} */ (error), url, tokenOf(authorization)) })
  }
  const text = await beginning(response)
  const token = tokenOf(authorization)
  return report({
    status: response.status,
    // Some gateways echo the token.
    ...meaningOf(response.status, text.replaceAll(token, '(the token)'), {
      url,
      winner,
      keys: keysSet(),
      hide: hiding(hiddenIn(url, deployment)),
      token,
    }),
  })
}

/** @param {{ Authorization: string }} [headers] */
const tokenOf = (headers) => headers?.Authorization.replace('Bearer ', '') ?? ''

/** More of an answer says nothing. */
const MOST_BYTES = 64 * 1024

/**
 * The beginning of its text, whatever ends it.
 *
 * @param {Response} response
 */
async function beginning({ body }) {
  const parts = []
  let bytes = 0
  try {
    for await (const part of body ?? []) {
      parts.push(part)
      bytes += part.length
      if (bytes >= MOST_BYTES) break
    }
  } catch {
    // It broke off: what came before says more than that.
  }
  return Buffer.concat(parts).toString('utf8').slice(0, MOST_BYTES)
}

const VERSION = /^(?:\d{4}-\d\d-\d\d(?:-preview)?|v1|latest|preview)$/

/** A name as deployments have, and no key in its place. @param {string} text */
const isName = (text) =>
  /^[\w.~-]*$/.test(text) && kindOf(text) === undefined && text.split('-').every(isKeyless)

/** @param {string} host */
const isHost = (host) => shown('host', host) === host

/** Words in the paths of Azure OpenAI and Microsoft Foundry, each with its `/`. */
const WORDS = /(\/(?:api|chat|completions|deployments|models|openai|projects|v1)(?=\/|$))/
/** Shorter parts of a path are parts of other words, too. */
const LEAST = 6

/** A key in Base64 can have a `/` anywhere: what is between two words is judged as one. @param {string} path */
const isPath = (path) => isName(path.replaceAll('/', '')) && path.split('/').every(isName)

/**
 * The address without what is no name of a resource or a deployment, and no version: people swap them with keys.
 *
 * @param {URL} url
 */
function toShow(url) {
  const host = isHost(url.host) ? url.host : '[redacted]'
  const path = url.pathname.split(WORDS).map((part) => (isPath(part) ? part : '/[redacted]'))
  const version = url.searchParams.get('api-version')
  const query = version === null ? '' : `?api-version=${VERSION.test(version) ? version : '[redacted]'}`
  return `${url.protocol}//${host}${path.join('')}${query}`
}

/**
 * What it hides.
 *
 * @param {URL} url
 * @param {string} [deployment] which the v1 API takes in the body
 */
export function hiddenIn(url, deployment = '') {
  const labels = url.hostname.split('.').filter((label) => !isHost(label))
  const parts = url.pathname.split(WORDS).filter((part) => !isPath(part))
  const segments = parts.flatMap((part) => part.split('/')).filter((it) => it.length >= LEAST || !isName(it))
  const wholes = parts.map((part) => part.slice(1)).filter((part) => part.includes('/'))
  const names = isName(deployment) ? [] : [deployment]
  const version = url.searchParams.get('api-version') ?? 'v1'
  return [...labels, ...wholes, ...segments, ...names, ...(VERSION.test(version) ? [] : [version])]
}

/** Enough for any model to accept; what it says does not matter. */
const CHAT = { messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 }

/** What Node says of a certificate that it does not trust. */
const CERTIFICATE = /CERT|SIGNATURE/

const BY_PROXY =
  "if a proxy is the only way out, set NODE_USE_ENV_PROXY=1, without which Node's fetch ignores HTTPS_PROXY " +
  '(Node 22.21, 24 or newer)'

/**
 * Why there is no answer, and what to do.
 *
 * @param {Error & { code?: string, cause?: any }} error any, because a cause is whatever was thrown
 * @param {URL} url
 * @param {string} [token] what was sent as one, if it was
 * @returns {{ meaning: string, nextStep?: string }}
 */
export function unreached(error, url, token) {
  if (isEntraIdError(error)) {
    // It ends with a full stop, as the sentence does that it becomes part of.
    return { meaning: `the endpoint gets none: ${String(summaryOf(error)).replace(/\.$/, '')}` }
  }
  if (error.name === 'TimeoutError') {
    const nextStep = 'check the network between this machine and the resource'
    return { meaning: `no answer came within ${LIMIT_MS / 1000} s`, nextStep }
  }
  const code = error.cause?.code ?? error.code
  if (code === 'ENOTFOUND') {
    const nextStep = `pass the resource's endpoint as the portal shows it. A private endpoint resolves only in its own network; ${BY_PROXY}`
    return { meaning: `this machine finds no address of ${shown('host', url.host)}`, nextStep }
  }
  const why = code ?? printable(quoteForeign(error.cause?.message ?? error.message, token))
  const meaning = `${shown('host', url.host)} cannot be reached: ${why}`
  if (CERTIFICATE.test(code)) {
    const nextStep =
      'set NODE_EXTRA_CA_CERTS, before Node starts, to a PEM file with the CA that signed the certificate'
    return { meaning, nextStep }
  }
  return { meaning, nextStep: `check the network and the firewall; ${BY_PROXY}` }
}
