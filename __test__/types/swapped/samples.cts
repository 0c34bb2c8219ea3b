// The same with `import = require`.

import identity = require('@azure/identity')

const credential: identity.TokenCredential = new identity.DefaultAzureCredential()
const chain = new identity.ChainedTokenCredential(credential, new identity.AzureCliCredential())
const provider: () => Promise<string> = identity.getBearerTokenProvider(chain, 'scope')
void provider
