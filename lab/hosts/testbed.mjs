import { ANSWER, startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { freePort } from '../../testkit/listen.mjs'
import { run, start, stop } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { tls } from '../../testkit/tls.mjs'

/** No app that works takes this long. */
const LIMIT_MS = 60_000

/** @typedef {{ command: string[], cwd: string, variables?: Record<string, string>, serves?: RegExp }} App `serves`: it is a server that says its origin so */

/** What an app needs around it, on loopback: a managed identity, and an Azure OpenAI that knows its tokens. */
export const startTestbed = async () => {
  const certificate = await tls()
  const identity = await startIdentity()
  const azure = await startAzureOpenAI({ knows: identity.knows, tls: certificate })
  const placeholder = secret('placeholder')
  return {
    ca: certificate.ca,
    /**
     * Runs an app, and fails unless its chat was answered for one token.
     *
     * @param {App} app
     */
    chat: async (app) => {
      const before = identity.requests.length
      const { said, stderr } = await outputOf(app)
      if (!said.startsWith('{"answer"')) throw new Error(stderr.trim() || said || 'nothing was said')
      const { answer, tokens } = JSON.parse(said)
      if (answer !== ANSWER) throw new Error(`another answer: ${answer}`)
      const asked = identity.requests.length - before
      if (tokens !== 1 || asked !== 1) throw new Error(`${asked} tokens were asked for`)
    },
    close: () => Promise.all([azure.close(), identity.close()]),
  }

  /** @param {App} app */
  async function outputOf({ command, cwd, variables, serves }) {
    const setting = {
      variables: {
        ...identity.environment,
        AZURE_OPENAI_USE_ENTRA_ID: 'true',
        AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
        AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder,
        AZURE_OPENAI_ENDPOINT: azure.origin,
        // The file of this name that every project has, and its copy.
        NODE_EXTRA_CA_CERTS: 'ca.pem',
        ...(serves && { HOST: '127.0.0.1', HOSTNAME: '127.0.0.1', PORT: String(await freePort()) }),
        ...variables,
      },
      cwd,
      limitMs: LIMIT_MS,
    }
    if (serves === undefined) {
      const { stdout, stderr } = await run(command, setting)
      return { said: stdout, stderr }
    }
    const { child, said, ended } = start(command, setting)
    try {
      const [, origin] = await said(serves)
      const response = await fetch(`${origin}/api/chat`, { signal: AbortSignal.timeout(LIMIT_MS) })
      const text = await response.text()
      await stop(child)
      const { stdout, stderr } = await ended()
      return { said: text, stderr: `${stdout}${stderr}` }
    } finally {
      await stop(child, { signal: 'SIGKILL' })
    }
  }
}
