import { ANSWER, startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { killGroup, run, start as startProcess, stop } from '../../testkit/process.mjs'
import { secret } from '../../testkit/secrets.mjs'
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
      const [, message] = /EntraIdError: (.+)$/m.exec(stderr) ?? []
      if (message === undefined) throw new Error(`ended with no error: ${stderr.trim()}`)
      return message
    },
    /**
     * Starts the proxy, and fails unless a client that has only its local key gets a chat answered for one token, and the
     * proxy ends when it is told to.
     *
     * @param {string[]} command
     * @param {{ cwd: string, variables: Record<string, string>, inTerminal?: boolean }} setting `inTerminal`: it ends by Ctrl+C, which
     *   reaches every process of its group, and not by SIGTERM to the first
     */
    serve: async (command, { cwd, variables, inTerminal = false }) => {
      const before = identity.requests.length
      const key = secret('local-key')
      const flags = ['--upstream', azure.origin, '--listen', '127.0.0.1:0', '--admin', 'off']
      const { child, ended, said } = startProcess([...(inTerminal ? ['setsid'] : []), ...command, ...flags], {
        variables: { ...variables, ...surroundings(), AZURE_OPENAI_ENTRA_PLACEHOLDER: key },
        cwd,
        limitMs: LIMIT_MS,
      })
      try {
        const [, base] = await said(/Listening on (http:\S+) /)
        const answer = await ask(base, key)
        if (answer !== ANSWER) throw new Error(`another answer: ${answer}`)
        const asked = identity.requests.length - before
        if (asked !== 1) throw new Error(`${asked} tokens were asked for`)
        if (inTerminal) process.kill(-Number(child.pid), 'SIGINT')
        else child.kill('SIGTERM')
        const { code, signal, stderr } = await ended()
        // npm ends with a code of its own.
        if (code !== 0 && !inTerminal) throw new Error(`ended with ${code ?? signal}: ${stderr.trim()}`)
        if (/second signal|broke off/.test(stderr))
          throw new Error(`not an end in good order: ${stderr.trim()}`)
        const isThere = await fetch(base).then(
          () => true,
          () => false,
        )
        if (isThere) throw new Error('it goes on after its launcher has ended')
        return `a chat with a local key, and an end at ${inTerminal ? 'Ctrl+C' : 'SIGTERM'}`
      } finally {
        if (inTerminal) killGroup(child.pid)
        await stop(child, { signal: 'SIGKILL' })
      }
    },
    close: () => Promise.all([azure.close(), identity.close()]),
  }

  /** @param {string[]} command @param {string} cwd */
  function start(command, cwd) {
    const variables = {
      ...surroundings(),
      AZURE_OPENAI_USE_ENTRA_ID: 'true',
      AZURE_OPENAI_ENDPOINT: azure.origin,
    }
    return run(command, { variables, cwd, limitMs: LIMIT_MS })
  }

  function surroundings() {
    return {
      ...identity.environment,
      AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost',
      // The file of this name that every project has.
      NODE_EXTRA_CA_CERTS: 'ca.pem',
    }
  }
}

/** A chat, as any client with a base URL and a key has it. @param {string} base @param {string} key */
async function ask(base, key) {
  const response = await fetch(`${base}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  const body = await response.text()
  if (!response.ok) throw new Error(`answered ${response.status}: ${body}`)
  return JSON.parse(body).choices[0].message.content
}
