import { performance } from 'node:perf_hooks'

import { getAzureOpenAIAuthHeaders } from 'azure-openai-entra'

import { UsageError } from '../usage.mjs'
import { withoutLink } from './chain.mjs'

/** A model that thinks answers late even to a word. */
const LIMIT_MS = 60_000

/**
 * What Azure OpenAI's answer to a request with a token means.
 *
 * @see https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity
 * @see https://learn.microsoft.com/azure/ai-services/authentication
 *
 * @type {{ status: number, says?: RegExp, meaning: string, nextStep: string }[]}
 */
const REFUSALS = [
  {
    status: 401,
    says: /PermissionDenied|lacks the required data action/,
    meaning: 'the identity is known, but may not use this resource',
    nextStep:
      'assign it the role "Cognitive Services OpenAI User" on the resource, by its object id; that takes up to 5 min',
  },
  {
    status: 401,
    says: /audience/i,
    meaning: 'the token is not meant for this resource, has expired, or is of another cloud',
    nextStep: 'leave AZURE_OPENAI_ENTRA_SCOPE and --scope unset, or name the scope of this cloud',
  },
  {
    status: 401,
    says: /missing subscription key/i,
    meaning: 'API Management stands before the resource, and wants a subscription key of its own',
    nextStep: 'have your app send Ocp-Apim-Subscription-Key; the doctor sends none',
  },
  {
    status: 401,
    says: /invalid subscription key or wrong API endpoint/i,
    meaning: 'the request counted as one with a key, and no key was in it',
    nextStep:
      "give the resource's own address, https://<name>.openai.azure.com, and see whether a gateway takes the Authorization header away",
  },
  {
    status: 401,
    meaning: 'the token was refused',
    nextStep: 'see whether the resource is of the same tenant and cloud as the token',
  },
  {
    status: 400,
    says: /custom subdomain/i,
    meaning: 'the resource has no custom subdomain, and takes keys alone without one',
    nextStep:
      'give the resource a custom subdomain, and use its own address, https://<name>.openai.azure.com',
  },
  {
    status: 400,
    says: /tenant/i,
    meaning: 'the token is of another tenant than the resource',
    nextStep: "set AZURE_TENANT_ID to the resource's tenant, or log in there",
  },
  {
    status: 403,
    says: /AuthenticationTypeDisabled|key based authentication is disabled/i,
    meaning: 'the request arrived with a key, and keys are disabled on this resource',
    nextStep: 'see whether a proxy or a gateway puts an api-key header in',
  },
  {
    status: 403,
    says: /virtual network|firewall/i,
    meaning: "the resource's network rules do not let this machine in",
    nextStep: "allow this machine's network in the resource's networking settings",
  },
  {
    status: 403,
    says: /public access is disabled|private endpoint/i,
    meaning: 'the resource is reached by its private endpoint alone',
    nextStep:
      'run in the network of the private endpoint, and have privatelink.openai.azure.com resolved there',
  },
  {
    status: 403,
    meaning: 'the resource does not let this request in',
    nextStep: "look at the resource's networking settings and at policies in between",
  },
  {
    status: 404,
    says: /DeploymentNotFound|deployment/i,
    meaning: 'the resource took the token, and has no such deployment',
    nextStep: 'give the name of the deployment, which is not that of the model; a new one takes up to 5 min',
  },
  {
    status: 404,
    meaning: 'there is no such address there',
    nextStep:
      "give the resource's endpoint as the portal shows it, without a path, and a valid --api-version",
  },
]

/**
 * @typedef {{
 *   url: string, ok: boolean, status?: number, durationMs: number, meaning: string, nextStep?: string, said?: string,
 * }} EndpointReport `said`: what the answer says by itself
 */

/**
 * @param {{ endpoint: string, deployment?: string, apiVersion: string }} target
 * @returns {URL}
 */
export function addressOf({ endpoint, deployment, apiVersion }) {
  if (!URL.canParse(endpoint))
    throw new UsageError('--endpoint must be a URL such as https://my-resource.openai.azure.com')
  const url = new URL(endpoint)
  if (url.protocol !== 'https:') throw new UsageError('--endpoint must begin with https://')
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--endpoint must be an address without user and password')
  // What is copied from the portal may go on to a deployment.
  const folder = url.pathname.replace(/\/(openai(\/.*)?)?$/, '')
  url.pathname =
    deployment === undefined
      ? `${folder}/openai/models`
      : `${folder}/openai/deployments/${encodeURIComponent(deployment)}/chat/completions`
  url.search = new URLSearchParams({ 'api-version': apiVersion }).toString()
  return url
}

/**
 * Sends one request as an app would.
 *
 * @param {URL} url
 * @param {{ chats: boolean, scope?: string }} how
 * @returns {Promise<EndpointReport>}
 */
export async function tryEndpoint(url, { chats, scope }) {
  const began = performance.now()
  const report = (/** @type {Omit<EndpointReport, 'url' | 'durationMs'>} */ told) => ({
    url: url.href,
    durationMs: Math.round(performance.now() - began),
    ...told,
  })
  let response
  try {
    const authorization = await getAzureOpenAIAuthHeaders({ url, scope })
    response = await fetch(url, {
      ...(chats && { method: 'POST', body: JSON.stringify(CHAT) }),
      headers: { ...authorization, 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
  } catch (error) {
    return report({ ok: false, ...unreached(/** @type {Error} */ (error), url) })
  }
  const text = (await response.text().catch(() => '')).slice(0, 64 * 1024)
  return report({ status: response.status, ...meaningOf(response.status, text) })
}

/** Enough for any model to accept; what it says does not matter. */
const CHAT = { messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 }

/**
 * @param {number} status
 * @param {string} text the body
 * @returns {Pick<EndpointReport, 'ok' | 'meaning' | 'nextStep' | 'said'>}
 */
export function meaningOf(status, text) {
  if (/^\s*</.test(text)) {
    return {
      ok: false,
      meaning: `something else than Azure OpenAI answered ${status}, with an HTML page`,
      nextStep: 'see whether a proxy, a firewall or a sign-in page answers in its place',
      said: /<title>([^<]*)/i.exec(text)?.[1].trim(),
    }
  }
  if (status >= 200 && status < 300) return { ok: true, meaning: 'the resource took the token' }
  const { code, message } = errorOf(text)
  const said = [code, message].filter(Boolean).join(': ').slice(0, 500)
  const refusal = REFUSALS.find(
    (known) => known.status === status && (known.says === undefined || known.says.test(said)),
  )
  if (refusal) return { ok: false, meaning: refusal.meaning, nextStep: refusal.nextStep, said }
  if (status === 400 || status === 422) {
    return {
      ok: true,
      meaning: 'the resource took the token, and this deployment is not for such a chat',
      said,
    }
  }
  if (status === 429)
    return { ok: true, meaning: 'the resource took the token, and is at its rate limit', said }
  const nextStep = 'try again, and look at what stands between here and the resource'
  return { ok: false, meaning: `the answer was ${status}`, nextStep, said }
}

/** @param {string} text */
function errorOf(text) {
  try {
    const body = JSON.parse(text)
    const { code, message } = body.error ?? body
    return { code: typeof code === 'string' ? code : undefined, message: String(message ?? '') }
  } catch {
    return { code: undefined, message: 'the answer is no JSON' }
  }
}

/** What Node says of a certificate that it does not trust. */
const CERTIFICATE = /CERT|SIGNATURE/

/**
 * @param {Error & { code?: string, cause?: any }} error
 * @param {URL} url
 */
function unreached(error, url) {
  if (error.name === 'EntraIdError')
    return { meaning: `there is no token for it: ${withoutLink(error.message)}` }
  if (error.name === 'TimeoutError') {
    const nextStep = 'look at the network between this machine and the resource'
    return { meaning: `no answer came within ${LIMIT_MS / 1000} s`, nextStep }
  }
  const code = error.cause?.code ?? error.code
  if (code === 'ENOTFOUND') {
    const nextStep =
      "give the resource's endpoint as the portal shows it; a private one is resolved in its network alone"
    return { meaning: `there is no such host: ${url.host}`, nextStep }
  }
  const meaning = `${url.host} cannot be reached: ${code ?? error.cause?.message ?? error.message}`
  if (CERTIFICATE.test(code)) {
    const nextStep =
      'name a PEM file with the CA that signed its certificate in NODE_EXTRA_CA_CERTS, before Node starts'
    return { meaning, nextStep }
  }
  const nextStep =
    "look at the network and the firewall; Node's fetch goes by no proxy unless NODE_USE_ENV_PROXY=1 (Node 24)"
  return { meaning, nextStep }
}
