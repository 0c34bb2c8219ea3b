import { hostSays } from './stages.mjs'

const said = (/** @type {string} */ message) => ({ statusCode: 400, message })

/** What endpoints of managed identities refuse. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const hosts = [
  {
    area: 'The host refuses its managed identity',
    rows: [
      ['no identity is assigned', hostSays(400, { error: 'invalid_request', error_description: 'Identity not found' }), 'Identity not found', 'turn on the identity of this app or machine'],
      ['another identity is assigned', hostSays(400, said('No User Assigned or Delegated Managed Identity found for specified ClientId')), 'No User Assigned', 'turn on the identity of this app or machine'],
      ['an old App Service has no identity', hostSays(400, said('No MSI found for specified ClientId/ResourceId.')), 'No MSI found', 'turn on the identity of this app or machine'],
      ['several identities are assigned', hostSays(400, { error: 'invalid_request', error_description: 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request' }), 'Multiple user assigned identities exist', 'set AZURE_CLIENT_ID to the client id of the identity that is meant'],
      ['Cloud Shell has no tokens for the resource', hostSays(400, { error: { code: 'AudienceNotSupported', message: 'Audience https://cognitiveservices.azure.com is not a supported MSI token audience.' } }), 'AudienceNotSupported', 'set AZURE_TOKEN_CREDENTIALS=AzureCliCredential'],
      ['the identity is of another tenant', hostSays(400, { error: 'invalid_request', error_description: 'AADSTS700016: Application was not found in the directory.' }), 'AADSTS700016', 'compare AZURE_CLIENT_ID'],
      ['a firewall answers', hostSays(403, 'denied by policy'), 'status 403', 'a firewall, a proxy or a service mesh'],
      ['a page answers', hostSays(403, '<html>blocked</html>'), 'an HTML page', 'allow'],
    ],
  },
]
