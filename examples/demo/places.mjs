import { cacheStats } from 'azure-openai-entra'

import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { ANSWERS } from './questions.mjs'

/**
 * Where the demo runs.
 *
 * @typedef {{
 *   title: string, endpoint: string, deployment: string, apiVersion: string, identityRequests: () => number,
 *   headersSeen: () => Record<string, string>[] | undefined, close: () => Promise<unknown>,
 * }} Place
 */

/** What a machine can have set that would lead the demo away from its stand-ins. */
const ELSEWHERE = /^((AZURE|IDENTITY|IMDS|MSI|OPENAI)_.*|(HTTPS?_|ALL_)?PROXY)$/i
const HARMLESS = new Set(['AZURE_LOG_LEVEL'])

/**
 * The stand-ins, or the real service if the environment names one.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Place | Promise<Place>}
 */
export const choosePlace = (env) => {
  const endpoint = env.AZURE_OPENAI_ENDPOINT
  const deployment = env.AZURE_OPENAI_DEPLOYMENT || env.AZURE_OPENAI_API_DEPLOYMENT_NAME
  if (endpoint && deployment) return realService(env, endpoint, deployment)
  return standIns(env, endpoint ? ' (AZURE_OPENAI_DEPLOYMENT is not set)' : '')
}

/** @param {NodeJS.ProcessEnv} env @param {string} endpoint @param {string} deployment */
const realService = (env, endpoint, deployment) => ({
  title: `${deployment} at ${endpoint}`,
  endpoint,
  deployment,
  apiVersion: env.AZURE_OPENAI_API_VERSION || env.OPENAI_API_VERSION || '2024-10-21',
  identityRequests: () => cacheStats().fetches,
  headersSeen: () => undefined,
  close: async () => {},
})

/**
 * App Service's identity endpoint and Azure OpenAI, both on 127.0.0.1.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} note
 */
const standIns = async (env, note) => {
  const identity = await startIdentity()
  // On a terminal the answer is to be seen coming in.
  const pauseMs = process.stdout.isTTY ? 40 : 0
  const answerOf = (/** @type {string} */ question) => ANSWERS[question] ?? 'I have no answer to that.'
  const azure = await startAzureOpenAI({ knows: identity.knows, answerOf, pauseMs })

  for (const name of Object.keys(env)) if (ELSEWHERE.test(name) && !HARMLESS.has(name)) delete env[name]
  Object.assign(env, identity.environment)

  return {
    title: `stand-ins of App Service and Azure OpenAI on this machine${note}`,
    endpoint: azure.origin,
    deployment: 'gpt-stand-in',
    apiVersion: '2024-10-21',
    identityRequests: () => identity.requests.length,
    headersSeen: () => azure.requests.map(({ headers }) => headers),
    close: () => Promise.all([identity.close(), azure.close()]),
  }
}
