import { ANSWER, startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run } from '../../testkit/process.mjs'
import { tls } from '../../testkit/tls.mjs'

/** No app that works takes this long. */
const LIMIT_MS = 60_000

/** What an app needs around it, on loopback: a managed identity, and an Azure OpenAI that knows its tokens. */
export const startTestbed = async () => {
  const certificate = await tls()
  const identity = await startIdentity()
  const azure = await startAzureOpenAI({ knows: identity.knows, tls: certificate })
  return {
    ca: certificate.ca,
    /**
     * Runs an app, and fails unless its chat was answered for one token, with the addon of `platform`.
     *
     * @param {string[]} command
     * @param {{ cwd: string, platform: string }} setting
     */
    chat: async (command, { cwd, platform }) => {
      const before = identity.requests.length
      const { stdout, stderr } = await start(command, cwd)
      if (!stdout.startsWith('{')) throw new Error(`no answer: ${stderr.trim() || 'nothing was said'}`)
      const { answer, addon, tokens } = JSON.parse(stdout)
      if (answer !== ANSWER) throw new Error(`another answer: ${answer}`)
      if (!addon.endsWith(`azure-openai-entra.${platform}.node`)) throw new Error(`another addon: ${addon}`)
      const asked = identity.requests.length - before
      if (tokens !== 1 || asked !== 1) throw new Error(`${asked} tokens were asked for`)
      return `a chat, with the addon for ${platform}`
    },
    /**
     * Runs an app, and fails unless it ends with an error that says all of `said`.
     *
     * @param {string[]} command
     * @param {{ cwd: string, said: string[] }} setting
     */
    refuse: async (command, { cwd, said }) => {
      const { code, stderr } = await start(command, cwd)
      const unsaid = said.filter((text) => !stderr.includes(text))
      if (code === 0 || unsaid.length > 0)
        throw new Error(`ended with ${code} and did not say ${unsaid.join(', ')}: ${stderr.trim()}`)
      const [, message] = /^Error: (.+)$/m.exec(stderr) ?? []
      if (message === undefined) throw new Error(`ended with no error: ${stderr.trim()}`)
      return message
    },
    close: () => Promise.all([azure.close(), identity.close()]),
  }

  /** @param {string[]} command @param {string} cwd */
  function start(command, cwd) {
    const variables = {
      ...identity.environment,
      AZURE_OPENAI_USE_ENTRA_ID: 'true',
      AZURE_OPENAI_ENDPOINT: azure.origin,
      AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
      // The file of this name that every project has.
      NODE_EXTRA_CA_CERTS: 'ca.pem',
    }
    return run(command, { variables, cwd, limitMs: LIMIT_MS })
  }
}
