// Uses this package although Object.prototype has what a property descriptor may not have beside a value, and prints what it finds.
'use strict'

const [name] = process.argv.slice(2)
Object.assign(Object.prototype, { [name]() {} })

// oxlint-disable-next-line import/no-unassigned-import -- it is a hook
require('azure-openai-entra/register')
const entra = require('azure-openai-entra')

async function main() {
  const { ChainedTokenCredential, CredentialUnavailableError, getAzureOpenAIToken } = entra
  const errors = [
    await getAzureOpenAIToken().catch((/** @type {unknown} */ error) => error),
    await getAzureOpenAIToken({ signal: AbortSignal.abort() }).catch((/** @type {unknown} */ error) => error),
    await new ChainedTokenCredential({
      getToken() {
        throw new CredentialUnavailableError('as the app says')
      },
    })
      .getToken('https://cognitiveservices.azure.com/.default')
      .catch((/** @type {unknown} */ error) => error),
    new entra.AuthenticationRequiredError({ scopes: ['a'], message: 'x' }),
  ]
  for (const error of /** @type {NodeJS.ErrnoException[]} */ (errors)) console.log(error.name, error.code)
  console.log(typeof entra.logger.info.enabled)
}

void main()
