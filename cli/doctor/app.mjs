import { join } from 'node:path'
import { parseEnv } from 'node:util'

import { variable } from '#doctor-api'
import { described, shown, shownHostIn } from '#shown'
import { manifestOf, textOfFile } from '../foreign-text.mjs'
import { isVariable } from '../forms.mjs'

/** @typedef {import('./surroundings.mjs').Finding} Finding */

const PROVIDER = 'azureADTokenProvider: getAzureOpenAIToken'

/** The clients that apps have, and the way of this package that fits each. @type {[name: string, way: string][]} */
const WAYS = [
  ['openai', `new AzureOpenAI({ ${PROVIDER} })`],
  ['@langchain/openai', `new AzureChatOpenAI({ ${PROVIDER} })`],
  ['@ai-sdk/azure', 'createAzure({ apiKey: ENTRA_ID_PLACEHOLDER, fetch: entraIdFetch() })'],
  ['@azure/openai', `getAzureOpenAIToken, as the openai package's ${PROVIDER}`],
  ['@azure-rest/ai-inference', 'new DefaultAzureCredential() of this package'],
  ['@azure/search-documents', 'new DefaultAzureCredential() of this package'],
  ['@azure/identity', 'new DefaultAzureCredential() of this package, in its place'],
  ['axios', 'getAzureOpenAIAuthHeaders({ url })'],
]

const ENDPOINTS = ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_BASE_PATH', 'OPENAI_BASE_URL', 'AZURE_ENDPOINT']
const KEYS = ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY', 'AZURE_OPENAI_KEY', 'OPENAI_API_KEY']

/** Whether the app in `folder` has LibreChat's switch: it is set, or the app is LibreChat. @param {string} folder */
export const hasSwitch = (folder) =>
  variable('AZURE_OPENAI_USE_ENTRA_ID') !== undefined || /librechat/i.test(String(manifestOf(folder)?.name))

/** The variables that hold a key of Azure OpenAI, by name. */
export const keysSet = () => KEYS.filter((name) => Boolean(variable(name)))

/**
 * What the app in `folder` uses, by its package.json and its environment file. Only names of variables and hosts are told.
 *
 * @param {string} folder
 * @returns {Finding[]}
 */
export function lookAtApp(folder) {
  const manifest = manifestOf(folder)
  if (manifest === undefined) {
    const nextStep = 'pass the folder of the app, in which its package.json is'
    return [
      {
        what: 'app',
        ok: false,
        found: `${shown('path', folder)} has no package.json that can be read`,
        nextStep,
      },
    ]
  }
  const dependencies = Object.assign({}, manifest.devDependencies, manifest.dependencies)
  const clients = WAYS.filter(([name]) => Object.hasOwn(dependencies, name))
  const found = clients.map(([name, way]) => ({
    what: 'app',
    ok: true,
    found: `it uses ${name}`,
    nextStep: `use ${way}`,
  }))
  const none = {
    what: 'app',
    ok: true,
    found: 'its package.json names no client that the doctor knows',
    nextStep: 'use entraIdFetch() in place of fetch, or --require azure-openai-entra/register',
  }
  return [...(found.length > 0 ? found : [none]), ...lookAtVariables(folder)]
}

/** @param {string} folder @returns {Finding[]} */
function lookAtVariables(folder) {
  const text = textOfFile(join(folder, '.env'))
  if (text === undefined) return [{ what: 'app .env', ok: true, found: 'the app has no .env' }]
  const variables = parseEnv(text)
  const names = Object.keys(variables).filter((name) => /^(AZURE|OPENAI|NODE_EXTRA|HTTPS?_PROXY)/.test(name))
  const keys = KEYS.filter((name) => variables[name])
  /** @type {Finding[]} */
  const findings = [
    {
      what: 'app .env',
      ok: true,
      found: `it sets ${names.map((name) => (isVariable(name) ? name : described(name))).join(', ') || 'nothing of Azure or OpenAI'}`,
      nextStep: keys.length > 0 ? `unset ${keys.join(' ')} once the app sends tokens` : undefined,
    },
  ]
  const endpoint = ENDPOINTS.find((name) => URL.canParse(variables[name] ?? ''))
  if (endpoint) {
    const address = variables[endpoint] ?? ''
    const host = shownHostIn(address) ?? described(address)
    findings.push({ what: 'app host', ok: true, found: `${host}, from ${endpoint}` })
  }
  return findings
}
