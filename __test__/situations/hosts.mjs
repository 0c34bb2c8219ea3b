import { hostSays, imdsSays } from './stages.mjs'

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
      ['Container Apps has another identity', hostSays(400, said('Unable to load the proper Managed Identity.')), 'Unable to load the proper Managed Identity', 'unset AZURE_CLIENT_ID'],
      ['several identities are assigned', hostSays(400, { error: 'invalid_request', error_description: 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request' }), 'Multiple user assigned identities exist', 'set AZURE_CLIENT_ID to the client id of the identity that is meant'],
      ['Cloud Shell has no tokens for the resource', hostSays(400, { error: { code: 'AudienceNotSupported', message: 'Audience https://cognitiveservices.azure.com is not a supported MSI token audience.' } }), 'AudienceNotSupported', 'set AZURE_TOKEN_CREDENTIALS=AzureCliCredential'],
      ['the identity is of another tenant', hostSays(400, { error: 'invalid_request', error_description: 'AADSTS700016: Application was not found in the directory.' }), 'AADSTS700016', 'compare AZURE_CLIENT_ID'],
      ['the metadata service of AWS answers', imdsSays(401, ''), 'answered 401 as another service', 'the metadata service of another cloud'],
      ['the metadata service of GCP answers', imdsSays(403, '<html>Missing Metadata-Flavor:Google header.</html>'), 'answered 403 as another service', 'the metadata service of another cloud'],
      ['the metadata service of OpenStack answers', imdsSays(404, '<html><h1>404 Not Found</h1></html>'), 'answered 404 as another service', 'the metadata service of another cloud'],
      ['a sign-in page answers for IMDS', imdsSays(200, '<html>sign in</html>'), 'answered 200 as another service', 'the metadata service of another cloud'],
      ['IMDS has no identity', imdsSays(400, { error: 'invalid_request', error_description: 'Identity not found' }), 'Identity not found', 'turn on the identity of this app or machine'],
      ['a firewall answers', hostSays(403, 'denied by policy'), 'status 403', 'a firewall, a proxy or a service mesh'],
      ['a page answers', hostSays(403, '<html>blocked</html>'), 'an HTML page', 'allow'],
    ],
  },
]
