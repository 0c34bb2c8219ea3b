import { OF_DEFAULT, audienceIn } from '#expected-audience'
import { printable } from '../foreign-text.mjs'

/**
 * What Azure OpenAI's answer to a request with a token means.
 *
 * @see https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity
 * @see https://learn.microsoft.com/azure/ai-services/authentication
 *
 * `sign`: what to look for in the body, for people; the first that fits counts.
 *
 * `nextStepOf` knows more of the next step by what was asked and by whose token.
 *
 * @typedef {{ url: URL, winner?: { credential: string, identity?: { objectId?: string } }, keys?: string[] }} Asked `keys`: the variables that hold a key, by name
 *
 * `nextStepBy` knows more of it by what the answer says.
 *
 * @type {{
 *   status: number, says?: RegExp, sign?: string, meaning: string, nextStep: string, nextStepOf?: (asked: Asked) => string | undefined,
 *   nextStepBy?: (said: string) => string | undefined,
 * }[]}
 */
export const REFUSALS = [
  {
    status: 401,
    says: /PermissionDenied|lacks the required data action/,
    sign: '`PermissionDenied`',
    meaning: 'the identity has no access to this resource',
    nextStep:
      'assign the identity the role "Cognitive Services OpenAI User" on the resource, by its object id. That takes up to 5 min',
    nextStepOf: assignment,
  },
  {
    status: 401,
    says: /audience/i,
    sign: '“audience is incorrect”',
    meaning: 'the token is not meant for this resource, has expired, or is of another cloud',
    nextStep: 'unset AZURE_OPENAI_ENTRA_SCOPE and --scope, or set them to the scope of this cloud',
    nextStepBy: scopeFor,
  },
  {
    status: 401,
    says: /missing subscription key/i,
    sign: '“missing subscription key”',
    meaning: 'API Management in front of the resource requires its own subscription key',
    nextStep: 'send Ocp-Apim-Subscription-Key from your app. The doctor sends none',
  },
  {
    status: 401,
    says: /invalid subscription key or wrong API endpoint/i,
    sign: '“invalid subscription key or wrong API endpoint”',
    meaning: 'the resource expected a key, but the request has none',
    nextStep:
      "set the endpoint to the resource's own address, https://<name>.openai.azure.com, and check whether a gateway removes the Authorization header",
  },
  {
    status: 401,
    meaning: 'the token was refused',
    nextStep: 'compare the tenant and the cloud of the resource with those of the token',
  },
  {
    status: 400,
    says: /custom subdomain/i,
    sign: '“custom subdomain”',
    meaning: 'the resource has no custom subdomain, and without one it accepts only keys',
    nextStep:
      'give the resource a custom subdomain, and use its own address, https://<name>.openai.azure.com',
  },
  {
    status: 400,
    says: /tenant/i,
    sign: '“tenant … does not match”',
    meaning: 'the token is of another tenant than the resource',
    nextStep: "set AZURE_TENANT_ID to the resource's tenant, or log in there",
    nextStepOf: loginThere,
  },
  {
    status: 403,
    says: /AuthenticationTypeDisabled|key based authentication is disabled/i,
    sign: '`AuthenticationTypeDisabled`',
    meaning: 'the request arrived with a key, and keys are disabled on this resource',
    nextStep: 'check whether a proxy or a gateway adds an api-key header',
    nextStepOf: withoutKeys,
  },
  {
    status: 403,
    says: /virtual network|firewall/i,
    sign: '“Virtual Network/Firewall rules”',
    meaning: "the resource's network rules do not let this machine in",
    nextStep: "allow this machine's network in the resource's networking settings",
  },
  {
    status: 403,
    says: /public access is disabled|private endpoint/i,
    sign: '“Public access is disabled”',
    meaning: 'the resource is reachable only through its private endpoint',
    nextStep:
      'run in the network of the private endpoint, and have privatelink.openai.azure.com resolved there',
  },
  {
    status: 403,
    meaning: 'the resource does not let this request in',
    nextStep: "check the resource's networking settings and the policies of the network",
  },
  {
    status: 404,
    says: /DeploymentNotFound|deployment/i,
    sign: '`DeploymentNotFound`',
    meaning: 'the resource accepted the token, but has no such deployment',
    nextStep:
      "set the deployment's name, which can differ from the model's. A new deployment takes up to 5 min",
  },
  {
    status: 404,
    meaning: 'the resource has no such address',
    nextStep:
      "pass the resource's endpoint as the portal shows it, without a path, and a valid --api-version",
  },
]

/**
 * @param {number} status
 * @param {string} text the body
 * @param {Asked} [asked]
 * @returns {{ ok: boolean, meaning: string, nextStep?: string, said?: string }} `said`: what the answer says by itself
 */
export function meaningOf(status, text, asked) {
  if (/^\s*</.test(text)) {
    return {
      ok: false,
      meaning: `a server other than Azure OpenAI answered ${status}, with an HTML page`,
      nextStep: 'check whether a proxy, a firewall or a sign-in page answered instead',
      said: printable(/<title>([^<]*)/i.exec(text)?.[1] ?? ''),
    }
  }
  if (status >= 200 && status < 300) return { ok: true, meaning: 'the resource accepted the token' }
  const { code, message } = errorOf(text)
  const said = printable([code, message].filter(Boolean).join(': '))
  const refusal = REFUSALS.find(
    (known) => known.status === status && (known.says === undefined || known.says.test(said)),
  )
  if (refusal) {
    const nextStep = (asked && refusal.nextStepOf?.(asked)) ?? refusal.nextStepBy?.(said) ?? refusal.nextStep
    return { ok: false, meaning: refusal.meaning, nextStep, said }
  }
  if (status === 400 || status === 422) {
    return {
      ok: true,
      meaning: 'the resource accepted the token, but this deployment does not support this chat',
      said,
    }
  }
  if (status === 429)
    return { ok: true, meaning: 'the resource accepted the token, but is at its rate limit', said }
  const nextStep = 'retry. If this persists, check the proxies and gateways in front of the resource'
  return { ok: false, meaning: `the answer was ${status}`, nextStep, said }
}

/** The whole command that gives the token's identity the role. @param {Asked} asked */
function assignment({ url, winner }) {
  const objectId = winner?.identity?.objectId
  if (!objectId || !/^[\w-]{1,36}$/.test(objectId)) return undefined
  const [name] = url.hostname.split('.')
  const type = /ManagedIdentity|Workload|Environment/.test(winner?.credential ?? '')
    ? 'ServicePrincipal'
    : 'User'
  const scope = `$(az cognitiveservices account list --query "[?properties.customSubDomainName=='${name}'].id" --output tsv)`
  return `az role assignment create --role "Cognitive Services OpenAI User" --assignee-object-id ${objectId} --assignee-principal-type ${type} --scope "${scope}"`
}

/** The scope to set, if the answer names an audience that is not the default one. @param {string} said */
function scopeFor(said) {
  const audience = audienceIn(said)
  if (audience === undefined || audience.startsWith(OF_DEFAULT)) return undefined
  return `set AZURE_OPENAI_ENTRA_SCOPE, or --scope, to ${audience}/.default`
}

/** How a user finds the tenant: the token of another one cannot ask for it. */
const WHICH =
  ', and take its id from the portal: Settings, Directories + subscriptions, while the resource is in view'

/** What logs in to another tenant: the tools are not given AZURE_TENANT_ID. @type {Record<string, string>} */
const LOGINS = {
  AzureCliCredential: `az login --tenant <tenant of the resource>${WHICH}`,
  AzureDeveloperCliCredential: `azd auth login --tenant-id <tenant of the resource>${WHICH}`,
  AzurePowerShellCredential: `Connect-AzAccount -Tenant <tenant of the resource>${WHICH}`,
  ManagedIdentityCredential:
    'use a resource in the tenant of this identity, or an app registration that trusts it',
}

/** @param {Asked} asked */
function loginThere({ winner }) {
  return LOGINS[winner?.credential ?? '']
}

/** @param {Asked} asked */
function withoutKeys({ keys = [] }) {
  return keys.length > 0
    ? `unset ${keys.join(' ')}: the app still sends a key if its variables hold one`
    : undefined
}

/** @param {string} text */
function errorOf(text) {
  try {
    const body = JSON.parse(text)
    const { code, message } = body.error ?? body
    return { code: typeof code === 'string' ? code : undefined, message: String(message ?? '') }
  } catch {
    return { code: undefined, message: 'the answer is not JSON' }
  }
}
