/**
 * A user of a running LibreChat, and what reached the stand-in of Azure OpenAI from it. The lab writes the environment and
 * the librechat.yaml with which LibreChat is to be started, and waits for it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { StepFailed } from '../../scripts/support/run.mjs'
import { RESULTS } from '../support/report.mjs'
import { HOST } from './situations.mjs'
import { startTestbed } from './testbed.mjs'
import { signIn } from './user.mjs'
import { credentialsOf } from './wire.mjs'

const FOLDER = join(RESULTS, 'librechat-server')
const MODEL = { endpoint: 'azureOpenAI', model: 'gpt-4o' }
const WAIT_MINUTES = 30

/** @param {string} apiKey */
const configuration = (apiKey) => {
  const [instanceName] = HOST.split('.')
  const speech = { instanceName, apiKey, apiVersion: '2024-02-15-preview' }
  return {
    version: '1.3.0',
    cache: false,
    endpoints: {
      azureOpenAI: {
        titleConvo: true,
        titleModel: MODEL.model,
        groups: [
          {
            group: 'lab',
            apiKey,
            instanceName,
            version: '2024-10-21',
            models: { [MODEL.model]: { deploymentName: 'chat', version: '2024-10-21' } },
          },
        ],
      },
    },
    speech: {
      stt: { azureOpenAI: { ...speech, deploymentName: 'whisper' } },
      tts: { azureOpenAI: { ...speech, deploymentName: 'tts', model: 'tts-1', voices: ['alloy'] } },
    },
  }
}

/** @param {string} server */
const isUp = async (server) => {
  try {
    return (await fetch(new URL('/health', server), { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false
  }
}

/**
 * @param {string} server
 * @returns {Promise<boolean>} whether every request carried a token and nothing else
 */
export const tryServer = async (server) => {
  if (await isUp(server)) throw new StepFailed(`${server} is up already. Start it when this lab says so.`)
  const testbed = await startTestbed()
  const { azure, identity, placeholder, variables } = testbed
  try {
    mkdirSync(FOLDER, { recursive: true })
    const [environment, yaml] = ['server.env', 'librechat.yaml'].map((name) => join(FOLDER, name))
    const loopback = fileURLToPath(new URL('../../testkit/loopback.cjs', import.meta.url))
    const exported = {
      ...variables,
      AZURE_OPENAI_USE_ENTRA_ID: 'true',
      AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder,
      ALLOW_REGISTRATION: 'true',
      CONFIG_PATH: yaml,
      NODE_OPTIONS: `--require ${loopback}`,
    }
    const lines = Object.entries(exported).map(([name, value]) => `export ${name}='${value}'\n`)
    writeFileSync(environment, lines.join(''))
    // JSON is YAML.
    writeFileSync(yaml, JSON.stringify(configuration('${AZURE_OPENAI_ENTRA_PLACEHOLDER}'), undefined, 2))
    console.log(
      `Start LibreChat at ${server} from a shell that has read ${environment}:\n\n  . ${environment}\n`,
    )
    for (let seconds = 0; !(await isUp(server)); seconds++) {
      if (seconds > WAIT_MINUTES * 60)
        throw new StepFailed(`${server} was not up after ${WAIT_MINUTES} minutes.`)
      await setTimeout(1000)
    }

    const user = await signIn(server)
    /** @type {string | undefined} */
    let conversationId
    const steps = {
      chat: async () => {
        const said = await user.chat('Hello', MODEL)
        conversationId = said.conversationId
        return said.answer
      },
      title: () => user.title(conversationId ?? ''),
      'speech to text': () => user.listen(),
      'text to speech': async () => `${await user.speak('Hello')} bytes`,
    }
    const rows = []
    for (const [step, act] of Object.entries(steps)) {
      const before = azure.requests.length
      const got = await act().catch((/** @type {Error} */ error) => `✗ ${error.message}`)
      const requests = azure.requests.slice(before)
      const sent = requests.flatMap((it) =>
        credentialsOf(it, { tokens: identity.tokens.issued, placeholder }),
      )
      rows.push({ step, got, sent: [...new Set(sent)].join(' + '), requests: requests.length })
    }
    console.table(rows)
    console.log(
      `${azure.requests.length} requests to Azure OpenAI, ${identity.tokens.issued.length} to the identity.`,
    )
    for (const { method, path } of azure.requests) console.log(`  ${method} ${path}`)
    const carried = azure.requests.map((it) =>
      credentialsOf(it, { tokens: identity.tokens.issued, placeholder }).join(' + '),
    )
    return (
      carried.length > 0 &&
      carried.every((it) => it === 'Authorization: token') &&
      rows.every(({ got }) => got !== undefined && !got.startsWith('✗'))
    )
  } finally {
    await testbed.close()
  }
}
