import { APP_SERVICE, AZ_TOKEN, OTHER, SCOPE, SERVICE_PRINCIPAL } from './common.mjs'
import { appServiceRequest, azCall, only, secretRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const HOST = { ...APP_SERVICE, ...only('ManagedIdentityCredential') }

/** Scopes that are spelled in odd ways: of sections C, E and H. @type {Case[]} */
export const cases = [
  {
    id: 'C120',
    what: 'a scope with a blank before it and a line break behind it',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: ` ${SCOPE}\n` }],
    expect: { requests: [secretRequest()], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'C121',
    what: 'two scopes in one text, with a blank between them',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: 'https://ai.azure.com/a https://ai.azure.com/b' }],
    expect: {
      requests: [secretRequest({ scope: 'https://ai.azure.com/a https://ai.azure.com/b' })],
      outcome: { token: 'token-1' },
    },
    peer: 'equal',
  },
  {
    id: 'C122',
    what: 'an empty scope is refused and nothing is sent',
    env: SERVICE_PRINCIPAL,
    calls: [{ scopes: '' }],
    expect: { requests: [], outcome: { error: /scope/i, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'equal',
  },
  {
    id: 'E52',
    what: 'a blank behind the scope is no part of the resource',
    env: HOST,
    calls: [{ scopes: `${SCOPE} ` }],
    expect: { requests: [appServiceRequest()], outcome: { token: 'token-1' } },
    peer: 'worse: asks for a resource that ends in a blank',
  },
  {
    id: 'E53',
    what: 'a scope without a resource is refused and nothing is sent',
    env: HOST,
    calls: [{ scopes: '/.default' }],
    expect: { requests: [], outcome: { error: /scope/i, code: 'ENTRA_ID_CONFIGURATION' } },
    peer: 'equal',
  },
  {
    id: 'E54',
    what: 'the scope of an application by its client id',
    env: HOST,
    calls: [{ scopes: `${OTHER}/.default` }],
    expect: { requests: [appServiceRequest({ resource: 'OTHER' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'H74',
    what: 'az: a line break behind the scope is no part of the resource',
    env: only('AzureCliCredential'),
    tools: { az: { stdout: AZ_TOKEN } },
    calls: [{ scopes: `${SCOPE}\n` }],
    expect: { requests: [], spawned: [azCall()], outcome: { token: 'az-token' } },
    peer: 'worse: refuses it',
  },
]
