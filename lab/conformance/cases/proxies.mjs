import { only, secretRequest, SERVICE_PRINCIPAL } from './common.mjs'

/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Variables} Variables */

const CONNECT = ['CONNECT login.microsoftonline.com:443']
const CLOSED = 'http://127.0.0.1:9'
const ONCE = { retryOptions: { maxRetries: 0 } }
/** @param {string} id @param {string} what @param {Variables} env @param {string} [peer] @returns {Case} */
const proxied = (id, what, env, peer = 'equal') => ({
  id,
  what,
  env: { ...SERVICE_PRINCIPAL, ...env },
  ownProxy: true,
  expect: { requests: [secretRequest()], proxied: CONNECT, outcome: { token: 'token-1' } },
  peer,
})
/**
 * Without the proxy, the name is looked up, and it does not exist here.
 *
 * @param {string} id
 * @param {string} what
 * @param {string} NO_PROXY
 * @param {string} [peer]
 * @returns {Case}
 */
const direct = (id, what, NO_PROXY, peer = 'equal') => ({
  id,
  what,
  env: { ...SERVICE_PRINCIPAL, HTTPS_PROXY: '{proxy}', NO_PROXY },
  options: ONCE,
  ownProxy: true,
  imds: 'absent',
  expect: { requests: [], proxied: [], outcome: { error: /login\.microsoftonline\.com|network/i } },
  peer,
  limitMs: 25_000,
})
/** @param {string} id @param {string} what @param {string} HTTPS_PROXY @param {string} peer @returns {Case} */
const refused = (id, what, HTTPS_PROXY, peer) => ({
  id,
  what,
  env: { ...SERVICE_PRINCIPAL, ...only('EnvironmentCredential'), HTTPS_PROXY },
  options: ONCE,
  ownProxy: true,
  expect: { requests: [], outcome: { error: /HTTPS_PROXY/, code: 'ENTRA_ID_CONFIGURATION' } },
  peer,
  limitMs: 25_000,
})

/** More of section J: forms of proxies, and of what goes without. @type {Case[]} */
export const cases = [
  proxied(
    'J21',
    'a proxy as host:port',
    { HTTPS_PROXY: '{proxy address}' },
    'worse: every credential falls out of the chain, and why is hidden',
  ),
  proxied('J22', 'a proxy with a path behind it', { HTTPS_PROXY: '{proxy}/path' }),
  proxied('J23', 'an empty HTTPS_PROXY counts as unset', { HTTPS_PROXY: '', HTTP_PROXY: '{proxy}' }),
  proxied('J24', 'all_proxy in small letters', { all_proxy: '{proxy}' }),
  proxied('J25', 'HTTPS_PROXY beats ALL_PROXY', { HTTPS_PROXY: '{proxy}', ALL_PROXY: CLOSED }),
  proxied('J26', 'an empty NO_PROXY', { HTTPS_PROXY: '{proxy}', NO_PROXY: '' }),
  proxied('J27', 'NO_PROXY with another port of the host', {
    HTTPS_PROXY: '{proxy}',
    NO_PROXY: 'login.microsoftonline.com:8443',
  }),
  direct('J28', 'NO_PROXY with blanks and an empty entry', ' x.example ,, login.microsoftonline.com '),
  direct('J29', 'NO_PROXY in capital letters', 'LOGIN.MICROSOFTONLINE.COM', 'worse: tells letters apart'),
  direct(
    'J30',
    'NO_PROXY=*: no proxy at all',
    '*',
    'worse: takes the star for the name of a host, and uses the proxy',
  ),
  direct(
    'J31',
    'NO_PROXY with a domain: its hosts are meant, as in curl',
    'microsoftonline.com',
    'worse: matches only the domain itself, and uses the proxy',
  ),
  refused(
    'J32',
    'a SOCKS proxy, which is not supported: named',
    'socks5://127.0.0.1:9',
    'worse: speaks HTTP to it',
  ),
  refused(
    'J33',
    'a proxy that is no address: named',
    'http://',
    'worse: the credential falls out of the chain, and why is hidden',
  ),
]
