// Prints which modules of Node's own, and which files, a first token needs.
'use strict'

const before = new Set(/** @type {any} not in the types */ (process).moduleLoadList)

const main = async () => {
  await require('azure-openai-entra').getAzureOpenAIToken()
  const after = /** @type {string[]} */ (/** @type {any} not in the types */ (process).moduleLoadList)
  const ofNode = after.filter((name) => !before.has(name)).map((name) => name.replace(/^\w+ /, ''))
  process.stdout.write(JSON.stringify({ ofNode, files: Object.keys(require.cache) }))
}
main()
