import { randomUUID } from 'node:crypto'

import { aadsts } from '../../testkit/authority.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { app, only } from './stages.mjs'

/** @typedef {import('./stages.mjs').Bench} Bench */

/** Entra ID refuses the secret, which is the registered one as `written` has it. */
const secretWritten = (/** @type {(value: string) => string} */ written) => (/** @type {Bench} */ bench) => {
  bench.authority.always(aadsts(401, 7000215, 'invalid_client', 'Invalid client secret provided.'))
  const end = () => bench.authority.always(undefined)
  return { end, ...app({ AZURE_CLIENT_SECRET: written(bench.authority.clientSecret) })(bench) }
}

/** A pod whose `name` is `value`. */
const pod = (/** @type {string} */ name, /** @type {string} */ value) => (/** @type {Bench} */ bench) => ({
  variables: {
    ...bench.authority.workloadEnvironment(bench.file('token', secret('federated-token'))),
    ...only('WorkloadIdentity'),
    [name]: value,
  },
})

/** An App Service whose `name` is `value`. */
const host = (/** @type {string} */ name, /** @type {string} */ value) => (/** @type {Bench} */ bench) => ({
  variables: { ...bench.identity.environment, ...only('ManagedIdentity'), [name]: value },
})

const VAULT = '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/one)'

/** How values are written. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const settings = [
  {
    area: 'A setting is not written as it is meant',
    rows: [
      ['the secret is in quotation marks', secretWritten((value) => `"${value}"`), 'AADSTS7000215', 'remove the quotation marks around AZURE_CLIENT_SECRET'],
      ['the secret has a blank in front', secretWritten((value) => ` ${value}`), 'AADSTS7000215', 'remove the white space from AZURE_CLIENT_SECRET'],
      ["the secret's id is set", secretWritten(() => randomUUID()), 'AADSTS7000215', "it holds a GUID, which is the secret's id"],
      ['the secret is a path, as of a Docker secret', secretWritten(() => '/run/secrets/azure_client_secret'), 'AADSTS7000215', 'it holds a path, and no file is read for it'],
      ['the secret is an address in Key Vault', secretWritten(() => 'https://vault.example/secrets/one'), 'AADSTS7000215', 'it holds an address'],
      ['the secret is cut off at a $', secretWritten((value) => value.slice(0, 9)), 'AADSTS7000215', 'in single quotation marks, because of $ and #'],
      ['the tenant has a comment behind it', app({ AZURE_TENANT_ID: `${randomUUID()} # production` }), 'AZURE_TENANT_ID has a comment behind its value', "docker's --env-file"],
      ['the client id has a comment behind it', app({ AZURE_CLIENT_ID: `${randomUUID()}  #production` }), 'AZURE_CLIENT_ID has a comment behind its value', 'remove the comment'],
      ["the identity's client id has a comment behind it", host('AZURE_CLIENT_ID', `${randomUUID()} # mine`), 'AZURE_CLIENT_ID has a comment behind its value', 'remove the comment'],
      ['the client id is in braces', app({ AZURE_CLIENT_ID: `{${randomUUID()}}` }), 'AZURE_CLIENT_ID holds a value in braces', 'remove the braces'],
      ['the tenant is in braces', app({ AZURE_TENANT_ID: '{tenant-id}' }), 'AZURE_TENANT_ID holds a value in braces', 'replace what is in them'],
      ['the certificate is below ~', app({ AZURE_CLIENT_SECRET: undefined, AZURE_CLIENT_CERTIFICATE_PATH: '~/sp.pem' }), '~/sp.pem, named by AZURE_CLIENT_CERTIFICATE_PATH, could not be read', 'write the path in full'],
      ['the certificate is below $HOME', app({ AZURE_CLIENT_SECRET: undefined, AZURE_CLIENT_CERTIFICATE_PATH: '$HOME/sp.pem' }), 'could not be read', 'only a shell replaces ~ and variables'],
      ['the token file is below ~', pod('AZURE_FEDERATED_TOKEN_FILE', '~/token'), 'could not be read', 'write the path in full'],
      ['the secret is an unresolved Key Vault reference', app({ AZURE_CLIENT_SECRET: VAULT }), 'AZURE_CLIENT_SECRET holds an unresolved Key Vault reference', 'Key Vault Secrets User'],
      ['the client id is an unresolved Key Vault reference', app({ AZURE_CLIENT_ID: VAULT }), 'AZURE_CLIENT_ID holds an unresolved Key Vault reference', 'Key Vault Secrets User'],
      ['the tenant is an unresolved App Configuration reference', app({ AZURE_TENANT_ID: '@Microsoft.AppConfiguration(Endpoint=x; Key=y)' }), 'AZURE_TENANT_ID holds an unresolved App Configuration reference', 'App Configuration Data Reader'],
      ["the identity's client id is an unresolved Key Vault reference", host('AZURE_CLIENT_ID', VAULT), 'AZURE_CLIENT_ID holds an unresolved Key Vault reference', 'Key Vault Secrets User'],
      ['the token file is a placeholder of a template', pod('AZURE_FEDERATED_TOKEN_FILE', '{{ .Values.tokenFile }}'), 'AZURE_FEDERATED_TOKEN_FILE holds a placeholder', 'replace the placeholder'],
      ['the tenant is a placeholder of the shell', app({ AZURE_TENANT_ID: '${AZURE_TENANT_ID}' }), 'AZURE_TENANT_ID holds a placeholder', 'replace the placeholder'],
      ['the tenant is a placeholder of the documentation', app({ AZURE_TENANT_ID: '<your-tenant-id>' }), 'AZURE_TENANT_ID holds a placeholder', 'replace the placeholder'],
      ['the authority is an unresolved Key Vault reference', app({ AZURE_AUTHORITY_HOST: VAULT }), 'AZURE_AUTHORITY_HOST holds an unresolved Key Vault reference', 'Key Vault Secrets User'],
      ['the authority is no URL', app({ AZURE_AUTHORITY_HOST: 'login.microsoftonline.com' }), 'AZURE_AUTHORITY_HOST', 'set AZURE_AUTHORITY_HOST to an address such as'],
      ['the selected credential does not exist', app({ AZURE_TOKEN_CREDENTIALS: 'ManagedIdentity' }), 'not the name of a credential', 'set it to prod, dev or one of'],
      ['the tenant is a display name', app({ AZURE_TENANT_ID: 'Contoso Ltd' }), 'not a tenant id', "the directory's GUID or a verified domain name"],
      ['the tenant is common', app({ AZURE_TENANT_ID: 'common' }), 'needs one tenant', "the directory's GUID or a verified domain name"],
      ['the secret is missing', app({ AZURE_CLIENT_SECRET: undefined }), 'AZURE_CLIENT_SECRET is not set', 'set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET'],
      ['the tenant is missing', app({ AZURE_TENANT_ID: undefined }), 'AZURE_TENANT_ID is not set', 'set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET'],
      ['a user name and a password are set', app({ AZURE_CLIENT_SECRET: undefined, AZURE_USERNAME: 'u', AZURE_PASSWORD: 'p' }), 'sign-in by password is not supported', 'use a client secret, a certificate or a managed identity'],
      ['the token file is missing', pod('AZURE_FEDERATED_TOKEN_FILE', '/nowhere/token'), 'could not be read', "check what writes the file, such as the pod's projected service-account volume"],
      ['a pod has no token file', pod('AZURE_FEDERATED_TOKEN_FILE', ''), 'AZURE_FEDERATED_TOKEN_FILE is not set', 'azure.workload.identity/use'],
      ['the proxy is no URL', app({ HTTPS_PROXY: 'http://[' }), 'HTTPS_PROXY', 'set HTTPS_PROXY'],
    ],
  },
]
