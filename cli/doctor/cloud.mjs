import { variable } from '#doctor-api'
import { shown } from '#shown'

/** The authority of each cloud, by the zone of its hosts. @type {Record<string, string>} */
const AUTHORITIES = {
  'azure.com': 'https://login.microsoftonline.com',
  'azure.us': 'https://login.microsoftonline.us',
  'azure.cn': 'https://login.chinacloudapi.cn',
}
const KNOWN = /\.(?:openai|cognitiveservices|services\.ai)\.(azure\.(?:com|us|cn))$/

/**
 * That the endpoint is in another cloud than the default scope, which follows AZURE_AUTHORITY_HOST. The doctor's own
 * request knows its address, and so succeeds.
 *
 * @param {URL | undefined} asked the endpoint that was given
 * @param {string | undefined} scope that was given
 * @returns {import('./surroundings.mjs').Finding[]}
 */
export function cloud(asked, scope) {
  if (scope !== undefined || variable('AZURE_OPENAI_ENTRA_SCOPE')?.trim()) return []
  const text = variable('AZURE_OPENAI_ENDPOINT')?.trim() ?? ''
  const hostname = asked?.hostname ?? (URL.canParse(text) ? new URL(text).hostname : '')
  const zone = KNOWN.exec(hostname)?.[1]
  const authority = variable('AZURE_AUTHORITY_HOST')?.trim() ?? ''
  const host = URL.canParse(authority) ? new URL(authority).hostname : ''
  const [, ending = ''] = /^login\.[a-z.]+\.(us|cn)$/.exec(host) ?? []
  const ofToken = `azure.${ending || 'com'}`
  if (zone === undefined || zone === ofToken) return []
  const why = authority === '' ? 'without AZURE_AUTHORITY_HOST' : `by AZURE_AUTHORITY_HOST`
  return [
    {
      what: 'cloud',
      ok: false,
      found: `${shown('host', hostname)} is of ${zone}, and ${why} getAzureOpenAIToken() gives tokens for ${ofToken}`,
      nextStep: `set AZURE_AUTHORITY_HOST=${AUTHORITIES[zone]}, or pass the address: getAzureOpenAIToken({ url })`,
    },
  ]
}
