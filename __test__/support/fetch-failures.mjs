import { html, throttled } from '../../testkit/answers.mjs'
import { aadsts, startAuthority } from '../../testkit/authority.mjs'
import { onInternet } from './internet.mjs'

/**
 * Each kind of failure, how it comes about, and the answer in its place.
 *
 * @type {{ code: string, variables?: Record<string, string>, answer?: object, status: number, retryAfter?: string }[]}
 */
export const FAILURES = [
  {
    code: 'ENTRA_ID_UNAVAILABLE',
    variables: { AZURE_TENANT_ID: '', AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' },
    status: 401,
  },
  {
    code: 'ENTRA_ID_REJECTED',
    answer: aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.'),
    status: 401,
  },
  { code: 'ENTRA_ID_CONFIGURATION', variables: { AZURE_TOKEN_CREDENTIALS: 'nonsense' }, status: 401 },
  { code: 'ENTRA_ID_THROTTLED', answer: throttled(21), status: 503, retryAfter: '21' },
  { code: 'ENTRA_ID_THROTTLED', answer: throttled(999_999_999_999), status: 503, retryAfter: '300' },
  { code: 'ENTRA_ID_NETWORK', answer: html, status: 503, retryAfter: '1' },
]

/**
 * The fixture in which that failure is met.
 *
 * @param {{ variables?: Record<string, string>, answer?: object }} failure
 * @param {(fixture: import('./internet.mjs').Internet) => unknown} act
 * @param {Record<string, string | undefined>} [more]
 * @param {string[]} [names]
 */
export const onFailure = ({ variables, answer }, act, more, names) =>
  onInternet({ start: startAuthority, variables: { ...variables, ...more }, names }, (fixture) => {
    if (answer) fixture.source.always(answer)
    return act(fixture)
  })
