import { OTHER, secretRequest, SERVICE_PRINCIPAL } from './common.mjs'

/** More of section I: whose token it is. */
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
]
