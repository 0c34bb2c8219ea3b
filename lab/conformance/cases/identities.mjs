import { APP_SERVICE, C, OTHER, secretRequest, SERVICE_PRINCIPAL } from './common.mjs'
import { appServiceRequest } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */

const CLAIMS = { claims: '{"access_token":{"nbf":{"essential":true}}}' }

/** More of section I: whose token it is. @type {Case[]} */
export const cases = [
  {
    id: 'I25',
    what: 'two tenants: a token for each, served again',
    env: SERVICE_PRINCIPAL,
    options: { additionallyAllowedTenants: ['*'] },
    calls: [{}, { options: { tenantId: OTHER } }, {}, { options: { tenantId: OTHER } }],
    expect: {
      requests: [secretRequest(), secretRequest({ tenant: 'OTHER' })],
      outcome: ['1', '2', '1', '2'].map((nth) => ({ token: `token-${nth}` })),
    },
    peer: 'equal',
  },
  {
    id: 'I26',
    what: 'the same scopes in another order: one token',
    env: SERVICE_PRINCIPAL,
    calls: [
      { scopes: ['https://ai.azure.com/a', 'https://ai.azure.com/b'] },
      { scopes: ['https://ai.azure.com/b', 'https://ai.azure.com/a'] },
    ],
    expect: { requests: 1, outcome: { token: 'token-1' } },
    peer: 'equal',
  },
  {
    id: 'I28',
    what: 'two service principals in one process: their tokens are never mixed',
    env: SERVICE_PRINCIPAL,
    calls: [{}, { setEnv: { AZURE_CLIENT_ID: 'another' } }, { credential: {} }, {}],
    expect: {
      requests: [secretRequest(), secretRequest().replace('client_id=C', 'client_id=another')],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }, { token: 'token-1' }],
    },
    peer: 'equal',
  },
  {
    id: 'I29',
    what: 'claims, then a call without: the new token, not the one that was challenged',
    env: SERVICE_PRINCIPAL,
    calls: [{}, { sleep: 20 }, { options: CLAIMS }, {}],
    expect: { requests: 2, outcome: ['1', '2', '2'].map((nth) => ({ token: `token-${nth}` })) },
    peer: 'equal',
  },
  {
    id: 'I30',
    what: 'a rotated secret counts from the next request on',
    env: SERVICE_PRINCIPAL,
    clock: true,
    calls: [{}, { setEnv: { AZURE_CLIENT_SECRET: 'rotated' } }, { advance: 3700 }, {}],
    expect: {
      requests: [secretRequest(), secretRequest({ secret: 'rotated' })],
      outcome: [{ token: 'token-1' }, { token: 'token-2' }],
    },
    peer: 'worse: goes on with the secret that it was made with',
  },
  {
    id: 'E49',
    what: 'the option managedIdentityClientId beside managedIdentityResourceId: the constructor throws',
    env: APP_SERVICE,
    options: { managedIdentityClientId: C, managedIdentityResourceId: '/subscriptions/s/i' },
    expect: {
      requests: [],
      outcome: { thrown: true, error: /only one of/i, code: 'ENTRA_ID_CONFIGURATION' },
    },
    peer: 'worse: drops the client id without a word',
  },
  {
    id: 'E50',
    what: 'an empty managedIdentityResourceId counts as not given',
    env: APP_SERVICE,
    options: { managedIdentityClientId: C, managedIdentityResourceId: '' },
    expect: { requests: [appServiceRequest({ client_id: 'C' })], outcome: { token: 'token-1' } },
    peer: 'equal',
  },
]
