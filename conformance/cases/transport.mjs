import { APP_SERVICE, PUBLIC, SERVICE_PRINCIPAL, WORKLOAD } from './common.mjs'
import {
  appServiceRequest,
  federatedRequest,
  identityGrant,
  imdsRequest,
  only,
  secretRequest,
} from './common.mjs'

const EVERY_PROXY = { HTTPS_PROXY: '{proxy}', HTTP_PROXY: '{proxy}', ALL_PROXY: '{proxy}' }
const CONNECT = ['CONNECT login.microsoftonline.com:443']
const DIRECT = { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: '{authority}' }
const openid = (tenant = 'T') => `GET https://authority/${tenant}/v2.0/.well-known/openid-configuration`
const chat = (id, what, client, answers, outcome) => ({
  id,
  what,
  env: SERVICE_PRINCIPAL,
  client,
  host: answers,
  expect: { outcome },
  peer: 'equal',
})
const REPLY = {
  body: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  },
}
const BROKEN = { status: 500, body: { error: { message: 'broken' } } }
const DENIED = { status: 401, body: { error: { code: '401', message: 'Access denied' } } }

/** Section J: proxies, certificates, logs, and the SDKs that call. */
export const cases = [
  {
    id: 'J01',
    what: 'HTTPS_PROXY: the service principal goes through it',
    env: { ...SERVICE_PRINCIPAL, HTTPS_PROXY: '{proxy}' },
    ownProxy: true,
    expect: { requests: [secretRequest()], proxied: CONNECT, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J02',
    what: 'every proxy variable set: App Service is asked directly, its header stays here',
    env: { ...APP_SERVICE, ...EVERY_PROXY },
    ownProxy: true,
    expect: { requests: [appServiceRequest()], proxied: [], outcome: { token: 'token-1' } },
    peer: 'worse: sends the identity header to the proxy',
  },
  {
    id: 'J02a',
    what: 'every proxy variable set: IMDS is asked directly',
    env: { ...EVERY_PROXY, ...only('ManagedIdentityCredential') },
    ownProxy: true,
    imds: identityGrant(),
    expect: { requests: [imdsRequest()], proxied: [], outcome: { token: 'token-1' } },
    peer: 'worse: asks the proxy for it',
  },
  {
    id: 'J03',
    what: 'NO_PROXY=127.0.0.1: App Service is asked directly',
    env: { ...APP_SERVICE, ...EVERY_PROXY, NO_PROXY: '127.0.0.1' },
    ownProxy: true,
    expect: { requests: [appServiceRequest()], proxied: [], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J03a',
    what: 'NO_PROXY names the authority: it is asked directly',
    env: { ...DIRECT, ...EVERY_PROXY, NO_PROXY: 'localhost' },
    options: { disableInstanceDiscovery: true },
    ownProxy: true,
    expect: {
      requests: [openid(), secretRequest({ host: 'https://authority' })],
      proxied: [],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'J04',
    what: 'NODE_EXTRA_CA_CERTS: a private root is trusted, without a proxy',
    env: DIRECT,
    options: { disableInstanceDiscovery: true },
    ownProxy: true,
    expect: {
      requests: [openid(), secretRequest({ host: 'https://authority' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'J04a',
    what: 'without it: refused, and the message speaks of the certificate',
    env: { ...DIRECT, NODE_EXTRA_CA_CERTS: '' },
    options: { disableInstanceDiscovery: true },
    ownProxy: true,
    expect: { requests: [], outcome: { error: /certificate/i } },
    peer: 'worse: an error of endpoints, without the certificate',
    limitMs: 25_000,
  },
  {
    id: 'J05',
    what: 'AZURE_LOG_LEVEL=verbose: neither secret nor token in the output',
    env: { ...SERVICE_PRINCIPAL, AZURE_LOG_LEVEL: 'verbose' },
    expect: { requests: 1, silent: ['the-secret', 'token-1'], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J05a',
    what: 'AZURE_LOG_LEVEL=verbose: no federated assertion in the output',
    env: { ...WORKLOAD, AZURE_LOG_LEVEL: 'verbose' },
    files: { token: 'the-assertion' },
    expect: {
      requests: [federatedRequest({ assertion: 'the-assertion' })],
      silent: ['the-assertion', 'token-1'],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'J05b',
    what: 'AZURE_LOG_LEVEL=verbose: no identity header in the output',
    env: { ...APP_SERVICE, IDENTITY_HEADER: 'the-identity-header', AZURE_LOG_LEVEL: 'verbose' },
    expect: { requests: 1, silent: ['the-identity-header', 'token-1'], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J06',
    what: 'HTTP_PROXY alone also serves https',
    env: { ...SERVICE_PRINCIPAL, HTTP_PROXY: '{proxy}' },
    ownProxy: true,
    expect: { requests: [secretRequest()], proxied: CONNECT, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J07',
    what: 'ALL_PROXY alone',
    env: { ...SERVICE_PRINCIPAL, ALL_PROXY: '{proxy}' },
    ownProxy: true,
    expect: { requests: [secretRequest()], proxied: CONNECT, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J10',
    what: 'https_proxy in small letters',
    env: { ...SERVICE_PRINCIPAL, https_proxy: '{proxy}' },
    ownProxy: true,
    expect: { requests: [secretRequest()], proxied: CONNECT, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'J11',
    what: 'a proxy with a user and a password',
    env: { ...SERVICE_PRINCIPAL, HTTPS_PROXY: '{proxy with password}' },
    ownProxy: true,
    expect: {
      requests: [secretRequest()],
      proxied: [`${CONNECT[0]} with a password`],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'J12',
    what: 'a proxy that wants a password (407): fails, and the message says proxy',
    env: { ...SERVICE_PRINCIPAL, HTTPS_PROXY: '{proxy}' },
    ownProxy: true,
    proxyRefusal: 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n',
    expect: { requests: [], outcome: { error: /proxy/i, code: 'ENTRA_ID_NETWORK' } },
    peer: 'worse: its message does not speak of the proxy',
    limitMs: 25_000,
  },
  {
    id: 'J13',
    what: 'nothing listens where the proxy should be: fails, and the message says proxy or refused',
    env: { ...SERVICE_PRINCIPAL, HTTPS_PROXY: 'http://127.0.0.1:9' },
    ownProxy: true,
    expect: { requests: [], outcome: { error: /refused|proxy/i, code: 'ENTRA_ID_NETWORK' } },
    peer: 'worse: a bare network_error',
    limitMs: 25_000,
  },
  {
    id: 'J14',
    what: 'NO_PROXY with a suffix: the authority is not sent to the proxy',
    env: { ...SERVICE_PRINCIPAL, ...EVERY_PROXY, NO_PROXY: '.microsoftonline.com' },
    ownProxy: true,
    imds: 'absent',
    expect: { requests: [], proxied: [], outcome: { error: /login\.microsoftonline\.com|network/i } },
    peer: 'equal',
    limitMs: 25_000,
  },
  {
    id: 'J15',
    what: `${PUBLIC} with a certificate that is not its own is refused`,
    env: { ...SERVICE_PRINCIPAL, AZURE_AUTHORITY_HOST: 'https://login.unnamed.example' },
    options: { disableInstanceDiscovery: true },
    expect: { requests: [], outcome: { error: /certificate|altnames|endpoints_resolution/i } },
    peer: 'equal',
    limitMs: 25_000,
  },
  chat('J08', 'openai: the provider is called once for one answer, without arguments', 'openai', REPLY, {
    token: 'hello calls=1 arguments=0',
  }),
  chat('J08a', 'openai: 500 then 200: called once per attempt', 'openai', [BROKEN, REPLY], {
    token: 'hello calls=2 arguments=0',
  }),
  chat('J08b', 'openai: 401: called once, not again', 'openai', DENIED, {
    token: /^401 .*calls=1 arguments=0$/,
  }),
  chat('J08c', 'LangChain: the provider is called once for one answer', 'langchain', REPLY, {
    token: 'hello calls=1 arguments=0',
  }),
  {
    ...chat(
      'J09',
      'openai: AZURE_OPENAI_API_KEY beside a provider: the two exclude each other',
      'openai',
      REPLY,
      {
        token: /mutually exclusive.*calls=0/,
      },
    ),
    env: { ...SERVICE_PRINCIPAL, AZURE_OPENAI_API_KEY: 'a-key' },
  },
  {
    ...chat(
      'J09a',
      'LangChain: AZURE_OPENAI_API_KEY beside a provider: the two exclude each other',
      'langchain',
      REPLY,
      {
        token: /mutually exclusive.*calls=0/,
      },
    ),
    env: { ...SERVICE_PRINCIPAL, AZURE_OPENAI_API_KEY: 'a-key' },
  },
]
