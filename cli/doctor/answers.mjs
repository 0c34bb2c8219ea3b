import { quoteForeign } from '#doctor-api'
import { OF_DEFAULT, audienceIn } from '#expected-audience'
import { shown } from '#shown'
import { printable } from '../foreign-text.mjs'

/**
 * What Azure OpenAI's answer to a request with a token means.
 *
 * @see https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity
 * @see https://learn.microsoft.com/azure/ai-services/authentication
 *
 * `sentences`: what Azure says, for people to search for; the first of these rows that fits counts. `ok`: the token was accepted.
 *
 * `nextStepOf` knows more of the next step by what was asked and by whose token.
 *
 * @typedef {{ url: URL, winner?: { credential: string, identity?: { objectId?: string } }, keys?: string[], hide?: (text: string) => string, token?: string }} Asked `keys`: the variables that hold a key, by name; `hide`: takes out of a text what was sent and is not for showing; `token`: what was sent as one
 *
 * `nextStepBy` knows more of it by what the answer says.
 *
 * @type {{
 *   status: number, says?: RegExp, sentences?: string[], ok?: boolean, meaning: string, nextStep: string, nextStepOf?: (asked: Asked) => string | undefined,
 *   nextStepBy?: (said: string) => string | undefined,
 * }[]}
 */
export const REFUSALS = [
  {
    status: 401,
    says: /PermissionDenied|lacks the required data action|does not have access to API/,
    sentences: [
      'PermissionDenied',
      'The principal … lacks the required data action Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action',
      'Principal does not have access to API/Operation.',
    ],
    meaning: 'the identity has no access to this resource',
    nextStep:
      'assign the identity the role "Cognitive Services OpenAI User" on the resource, by its object id. That takes up to 5 min',
    nextStepOf: assignment,
  },
  {
    status: 401,
    says: /audience/i,
    sentences: [
      'Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.',
    ],
    meaning: 'the token is not meant for this resource, has expired, or is of another cloud',
    nextStep: 'unset AZURE_OPENAI_ENTRA_SCOPE and --scope, or set them to the scope of this cloud',
    nextStepBy: scopeFor,
  },
  {
    status: 401,
    says: /missing subscription key/i,
    sentences: [
      'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
    ],
    meaning: 'API Management in front of the resource requires its own subscription key',
    nextStep: 'send Ocp-Apim-Subscription-Key from your app. The doctor sends none',
  },
  {
    status: 401,
    says: /invalid subscription key or wrong API endpoint/i,
    sentences: [
      'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
    ],
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
    sentences: ['Please provide a custom subdomain for token authentication, otherwise API key is required.'],
    meaning: 'the resource has no custom subdomain, and without one it accepts only keys',
    nextStep:
      'give the resource a custom subdomain, and use its own address, https://<name>.openai.azure.com',
  },
  {
    status: 400,
    says: /tenant/i,
    sentences: [
      'Tenant provided in token does not match resource token',
      'Token tenant … does not match resource tenant.',
    ],
    meaning: 'the token is of another tenant than the resource',
    nextStep: "set AZURE_TENANT_ID to the resource's tenant, or log in there",
    nextStepOf: loginThere,
  },
  {
    status: 403,
    says: /AuthenticationTypeDisabled|key based authentication is disabled/i,
    sentences: ['AuthenticationTypeDisabled', 'Key based authentication is disabled for this resource.'],
    meaning: 'the request arrived with a key, and keys are disabled on this resource',
    nextStep: 'check whether a proxy or a gateway adds an api-key header',
    nextStepOf: withoutKeys,
  },
  {
    status: 403,
    says: /virtual network|firewall/i,
    sentences: ['Access denied due to Virtual Network/Firewall rules.'],
    meaning: "the resource's network rules do not let this machine in",
    nextStep: "allow this machine's network in the resource's networking settings",
  },
  {
    status: 403,
    says: /public access is disabled|private endpoint/i,
    sentences: [
      'Public access is disabled. Please configure private endpoint.',
      'Traffic is not from an approved private endpoint.',
    ],
    meaning: 'the resource is reachable only through its private endpoint',
    nextStep:
      'run in the network of the private endpoint, and have privatelink.openai.azure.com resolved there',
  },
  {
    status: 403,
    says: /disabled and therefore marked as read only|ReadOnlyDisabledSubscription/i,
    sentences: ['ReadOnlyDisabledSubscription'],
    meaning: "the resource's subscription is disabled",
    nextStep: 'have the owner of the subscription enable it: in the portal, under Subscriptions',
  },
  {
    status: 403,
    meaning: 'the resource does not let this request in',
    nextStep: "check the resource's networking settings and the policies of the network",
  },
  {
    status: 404,
    says: /DeploymentNotFound|deployment/i,
    sentences: [
      'DeploymentNotFound',
      'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
    ],
    meaning: 'the resource has no such deployment',
    nextStep:
      "set the deployment's name, which can differ from the model's. A new deployment takes up to 5 min",
  },
  {
    status: 404,
    sentences: ['Resource not found'],
    meaning: 'the resource has no such address',
    nextStep:
      "pass the resource's endpoint as the portal shows it, without a path, and a valid --api-version",
  },
  {
    status: 429,
    ok: true,
    sentences: [
      'Requests to the ChatCompletions_Create Operation under Azure OpenAI API … have exceeded token rate limit of your current OpenAI S0 pricing tier.',
      'Requests to the … Operation under Azure OpenAI API … have exceeded call rate limit of your current OpenAI S0 pricing tier.',
    ],
    meaning: 'the resource accepted the token, but is at its rate limit',
    nextStep:
      "retry later, or raise the deployment's tokens per minute: in the Foundry portal, under Deployments, Edit",
  },
  ...[400, 422].map((status) => ({
    status,
    ok: true,
    sentences: [
      "Unsupported parameter: 'max_tokens' is not supported with this model.",
      'OperationNotSupported',
    ],
    meaning: 'the resource accepted the token, but this deployment does not support this chat',
    nextStep: 'read above what it says. The deployment may need another --api-version, or is not for chats',
  })),
]

/**
 * @param {number} status
 * @param {string} text the body
 * @param {Asked} [asked]
 * @returns {{ ok: boolean, meaning: string, nextStep?: string, said?: string }} `said`: what the answer says by itself
 */
export function meaningOf(status, text, asked) {
  const { hide = (/** @type {string} */ part) => part } = asked ?? {}
  if (/^\s*</.test(text)) {
    return {
      ok: false,
      meaning: `a server other than Azure OpenAI answered ${status}, with an HTML page`,
      nextStep: 'check whether a proxy, a firewall or a sign-in page answered instead',
      said: toShow(hide(/<title>([^<]*)/i.exec(text)?.[1] ?? ''), asked),
    }
  }
  if (status >= 200 && status < 300) return { ok: true, meaning: 'the resource accepted the token' }
  const { code, message } = errorOf(text)
  const said = toShow(
    [code, message]
      .map((part) => hide(part ?? ''))
      .filter(Boolean)
      .join(': '),
    asked,
  )
  const refusal = REFUSALS.find(
    (known) => known.status === status && (known.says === undefined || known.says.test(said)),
  )
  if (refusal) {
    const nextStep = (asked && refusal.nextStepOf?.(asked)) ?? refusal.nextStepBy?.(said) ?? refusal.nextStep
    return { ok: refusal.ok ?? false, meaning: refusal.meaning, nextStep, said }
  }
  const nextStep = 'retry. If this persists, check the proxies and gateways in front of the resource'
  return { ok: false, meaning: `the answer was ${status}`, nextStep, said }
}

/**
 * Without what a gateway repeats of the token or of a key, whole or in part.
 *
 * @param {string} text
 * @param {Asked} [asked]
 */
function toShow(text, asked) {
  return text === '' ? '' : printable(quoteForeign(text, asked?.token))
}

/** The whole command that gives the token's identity the role. @param {Asked} asked */
function assignment({ url, winner }) {
  const objectId = winner?.identity?.objectId
  if (!objectId || !/^[\w-]{1,36}$/.test(objectId)) return undefined
  const [name] = url.hostname.split('.')
  if (shown('host', name) !== name) return undefined
  const type = /ManagedIdentity|Workload|Environment/.test(winner?.credential ?? '')
    ? 'ServicePrincipal'
    : 'User'
  const scope = `$(az cognitiveservices account list --query "[?properties.customSubDomainName=='${name}'].id" --output tsv)`
  return `az role assignment create --role "Cognitive Services OpenAI User" --assignee-object-id ${objectId} --assignee-principal-type ${type} --scope "${scope}", and try again within 5 min, when it takes effect`
}

/** The clouds other than the public one, by the audience. @type {Record<string, { authority: string, name: string }>} */
const CLOUDS = {
  'https://cognitiveservices.azure.us': {
    authority: 'https://login.microsoftonline.us',
    name: 'AzureUSGovernment',
  },
  'https://cognitiveservices.azure.cn': {
    authority: 'https://login.chinacloudapi.cn',
    name: 'AzureChinaCloud',
  },
}

/** The scope to set, if the answer names an audience that is not the default one. @param {string} said */
function scopeFor(said) {
  const audience = audienceIn(said)
  if (audience === undefined) return undefined
  const cloud = CLOUDS[audience]
  if (cloud)
    return `set AZURE_AUTHORITY_HOST=${cloud.authority}: the resource is in that cloud. For az, run 'az cloud set --name ${cloud.name}' and 'az login'`
  if (audience.startsWith(OF_DEFAULT)) return undefined
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
