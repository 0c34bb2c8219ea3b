/** A vault says which tenant and resource a token must be of. @type {import('./index.mjs').Serve} */
export const vaultChallenge = ({ tenantId, host }) => {
  const resource = host.endsWith('.vault.azure.net') ? 'https://vault.azure.net' : `https://${host}`
  return {
    status: 401,
    headers: {
      'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="${resource}"`,
    },
  }
}
