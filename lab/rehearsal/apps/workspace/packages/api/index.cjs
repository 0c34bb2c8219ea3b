// The shared package of the workspace: options of a client, whose fetch brings the token.

const { ENTRA_ID_PLACEHOLDER, applyEntraIdAuth, shouldUseEntraId } = require('azure-openai-entra')

const initialize = () => {
  const options = {
    llmConfig: { apiKey: ENTRA_ID_PLACEHOLDER },
    configOptions: { baseURL: `${process.env.AZURE_OPENAI_ENDPOINT}/openai/v1` },
  }
  return shouldUseEntraId() ? applyEntraIdAuth(options) : options
}

module.exports = { initialize }
