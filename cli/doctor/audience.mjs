import { audienceOf, variable } from '#doctor-api'
import { shown } from '#shown'

/** The authority of each cloud, by the scope of its Azure OpenAI. @type {Record<string, string>} */
const AUTHORITIES = {
  'https://cognitiveservices.azure.com/.default': 'https://login.microsoftonline.com',
  'https://cognitiveservices.azure.us/.default': 'https://login.microsoftonline.us',
  'https://cognitiveservices.azure.cn/.default': 'https://login.chinacloudapi.cn',
}

/**
 * That the endpoint wants tokens of another cloud, or for another service, than a call without scope gives. The doctor's
 * own request knows its address, and so succeeds.
 *
 * @param {URL | undefined} asked the endpoint that was given
 * @param {string | undefined} given the scope of a call without one
 * @returns {import('./surroundings.mjs').Finding[]}
 */
export function audience(asked, given) {
  const text = variable('AZURE_OPENAI_ENDPOINT')?.trim() ?? ''
  const url = asked ?? (URL.canParse(text) ? new URL(text) : undefined)
  const wanted = url && audienceOf(url)?.scope
  if (!wanted || !given || wanted === given) return []
  const authority = AUTHORITIES[wanted]
  const byAddress = 'pass the address: getAzureOpenAIToken({ url })'
  const why = variable('AZURE_AUTHORITY_HOST')?.trim() ? 'by' : 'without'
  return [
    {
      what: 'audience',
      ok: false,
      found: `${shown('host', url.hostname)} wants tokens for ${wanted}, and ${why} AZURE_AUTHORITY_HOST getAzureOpenAIToken() gives tokens for ${given}`,
      nextStep: authority ? `set AZURE_AUTHORITY_HOST=${authority}, or ${byAddress}` : byAddress,
    },
  ]
}
