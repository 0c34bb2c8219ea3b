import { startProxy } from '../../testkit/forward.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { app } from './stages.mjs'

/** @typedef {import('./stages.mjs').Bench} Bench */

/** The authority behind a proxy, which HTTPS_PROXY names as `written` has its port. */
const behind =
  (/** @type {(port: number) => string} */ written, refusal = '') =>
  async (/** @type {Bench} */ bench) => {
    const proxy = await startProxy(bench.authority.port, refusal)
    return { ...app({ HTTPS_PROXY: written(proxy.port) })(bench), end: proxy.close }
  }

const refusing = (/** @type {string} */ head) =>
  behind((port) => `http://127.0.0.1:${port}`, `HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`)

/** What is wrong with the proxy on the way to the authority. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const proxies = [
  {
    area: 'The proxy to Entra ID',
    rows: [
      ['its host has no address', app({ HTTPS_PROXY: 'http://proxy.invalid:8080' }), 'through the proxy proxy.invalid:8080 failed: this machine finds no address of proxy.invalid', 'correct the host in HTTPS_PROXY, or unset HTTPS_PROXY'],
      ['its host has no address, in small letters', app({ https_proxy: 'proxy.invalid:8080' }), 'this machine finds no address of proxy.invalid', 'correct the host in https_proxy'],
      ['it does not run', app({ HTTPS_PROXY: 'http://127.0.0.1:9' }), 'through the proxy 127.0.0.1:9 failed: Connection refused', 'check that the proxy of HTTPS_PROXY is running'],
      ['it wants a password', refusing('407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"'), 'proxy authorization required', 'set HTTPS_PROXY to http://<user>:<password>@<host>:<port>'],
      ['it wants NTLM', refusing('407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM'), 'proxy authorization required', 'NTLM or Kerberos'],
      ['it does not allow the host', refusing('403 Forbidden'), 'through the proxy 127.0.0.1', 'allows this host'],
      ['it speaks plain HTTP, and https is written', behind((port) => `https://127.0.0.1:${port}`), 'InvalidContentType', 'write http:// in place of https:// in HTTPS_PROXY'],
      ['its password has a #', app({ HTTPS_PROXY: `http://user:a#${secret('proxy-password')}@127.0.0.1:9` }), 'HTTPS_PROXY is not the URL of a proxy', 'with percent codes: %23 for #'],
      ['its password has a /', app({ HTTPS_PROXY: `http://user:a/${secret('proxy-password')}@127.0.0.1:9` }), 'HTTPS_PROXY is not the URL of a proxy', '%2F for /'],
      ['it is no HTTP proxy', app({ HTTPS_PROXY: 'socks5://127.0.0.1:1080' }), 'HTTPS_PROXY is not the URL of an HTTP proxy', 'set HTTPS_PROXY to an address such as'],
    ],
  },
]
