export const HOST = 'my-resource.openai.azure.com'
export const SERVERLESS_HOST = 'my-resource.services.ai.azure.com'
export const USERS_HOST = 'users.example'
export const OCR_URL = `https://${SERVERLESS_HOST}/providers/mistral/azure/ocr`

const OPERATORS_KEY = 'operators-key-of-the-matrix'
const USERS_KEY = 'users-key-of-the-matrix'
const STRAY_KEY = 'stray-key-of-the-matrix'

/** What a request may carry, by the name that it has in the report. */
export const KEYS = {
  "the operator's key": OPERATORS_KEY,
  "the user's key": USERS_KEY,
  'the key of AZURE_OPENAI_API_KEY': STRAY_KEY,
  user_provided: 'user_provided',
}

const ON = { AZURE_OPENAI_USE_ENTRA_ID: 'true' }
const INSTANCE = {
  AZURE_OPENAI_API_INSTANCE_NAME: 'my-resource',
  AZURE_OPENAI_API_DEPLOYMENT_NAME: 'chat',
  AZURE_OPENAI_API_VERSION: '2024-10-21',
}
/** A model group of librechat.yaml. */
const GROUP = {
  apiKey: OPERATORS_KEY,
  instanceName: 'my-resource',
  deploymentName: 'chat',
  version: '2024-10-21',
}

/**
 * The situation in which the operator uses the placeholder as every key of LibreChat: with Entra ID on, it replaces each
 * of the operator's keys, and each missing key.
 *
 * @param {Situation} situation
 * @param {string} placeholder
 * @returns {Situation}
 */
export const withPlaceholder = (situation, placeholder) => {
  const exchanged = (/** @type {string | undefined} */ key) =>
    !key || key === OPERATORS_KEY ? placeholder : key
  /** @template {Record<string, string> | undefined} V @param {V} variables @returns {V} */
  const keyed = (variables) =>
    variables?.AZURE_OPENAI_USE_ENTRA_ID === 'true'
      ? { ...variables, AZURE_API_KEY: exchanged(variables.AZURE_API_KEY) }
      : variables
  const { group, variables, before } = situation
  return {
    ...situation,
    variables: keyed(variables),
    before: keyed(before),
    group: group && keyed(variables) !== variables ? { ...group, apiKey: exchanged(group.apiKey) } : group,
  }
}

/** LangChain's classes chat and do nothing else. */
const NOT_LANGCHAIN = ['openai', 'openai-4', 'axios', 'node-fetch', 'undici']

const token = 'token'
const operators = "the operator's key"

/**
 * The rows: the environment, the model group or what the user provides, the calls in turn, and the only credential
 * that may authenticate them.
 *
 * `by` are the drivers of the clients that can do this. Default: all.
 *
 * @typedef {'chat' | 'stream' | 'title' | 'assistants' | 'image' | 'edit' | 'transcription' | 'speech' | 'ocr'} Call
 *
 * @typedef {{
 *   name: string, variables: Record<string, string>, group?: typeof GROUP, kind?: 'azure' | 'responses' | 'serverless',
 *   users?: { apiKey?: string, baseURL?: string }, calls?: Call[], expected: string, by?: string[],
 *   isRefusedByHook?: boolean, isProxied?: boolean, isKeptAlive?: boolean, isOff?: boolean, before?: Record<string, string>,
 * }} Situation
 *
 * @type {Situation[]}
 */
export const SITUATIONS = [
  { name: 'chat', variables: ON, group: GROUP, expected: token },
  { name: 'Responses API', variables: ON, group: GROUP, kind: 'responses', expected: token },
  { name: 'serverless', variables: ON, group: GROUP, kind: 'serverless', expected: token },
  { name: 'streaming', variables: ON, group: GROUP, calls: ['stream'], expected: token },
  {
    name: 'streaming, then a title',
    variables: ON,
    group: GROUP,
    calls: ['stream', 'title'],
    expected: token,
  },
  {
    name: 'four in turn, connections kept',
    variables: ON,
    group: GROUP,
    calls: ['chat', 'chat', 'chat', 'chat'],
    isKeptAlive: true,
    expected: token,
  },
  { name: 'a group whose key is empty', variables: ON, group: { ...GROUP, apiKey: '' }, expected: token },
  { name: 'only the environment, no key', variables: { ...ON, ...INSTANCE }, expected: token },
  {
    name: 'only the environment, `AZURE_API_KEY` set',
    variables: { ...ON, ...INSTANCE, AZURE_API_KEY: OPERATORS_KEY },
    expected: token,
  },
  {
    name: '`OPENAI_API_KEY=user_provided`',
    variables: { ...ON, OPENAI_API_KEY: 'user_provided' },
    group: GROUP,
    expected: token,
  },
  {
    name: '`AZURE_OPENAI_API_KEY` set',
    variables: { ...ON, AZURE_OPENAI_API_KEY: STRAY_KEY },
    group: GROUP,
    expected: token,
  },
  { name: '`PROXY` set', variables: ON, group: GROUP, isProxied: true, expected: token },
  {
    name: 'a key that the user provides',
    variables: { ...ON, ...INSTANCE, AZURE_API_KEY: 'user_provided' },
    users: { apiKey: USERS_KEY },
    expected: "the user's key",
  },
  {
    name: 'a URL that the user provides',
    variables: { ...ON, ...INSTANCE, AZURE_API_KEY: OPERATORS_KEY, AZURE_OPENAI_BASEURL: 'user_provided' },
    users: { baseURL: `https://${USERS_HOST}` },
    expected: operators,
    isRefusedByHook: true,
  },
  {
    name: 'assistants',
    variables: ON,
    group: GROUP,
    calls: ['assistants'],
    by: NOT_LANGCHAIN,
    expected: token,
  },
  { name: 'image', variables: ON, group: GROUP, calls: ['image'], by: NOT_LANGCHAIN, expected: token },
  {
    name: 'edit of an image',
    variables: ON,
    group: GROUP,
    calls: ['edit'],
    by: NOT_LANGCHAIN,
    expected: token,
  },
  {
    name: 'speech to text',
    variables: ON,
    group: GROUP,
    calls: ['transcription'],
    by: NOT_LANGCHAIN,
    expected: token,
  },
  {
    name: 'text to speech',
    variables: ON,
    group: GROUP,
    calls: ['speech'],
    by: NOT_LANGCHAIN,
    expected: token,
  },
  { name: 'OCR', variables: ON, group: GROUP, calls: ['ocr'], by: NOT_LANGCHAIN, expected: token },
  { name: 'Entra ID off', variables: {}, group: GROUP, isOff: true, expected: operators },
  {
    name: 'Entra ID off, streaming',
    variables: {},
    group: GROUP,
    calls: ['stream'],
    isOff: true,
    expected: operators,
  },
  {
    name: 'Entra ID off, Responses API',
    variables: {},
    group: GROUP,
    kind: 'responses',
    isOff: true,
    expected: operators,
  },
  {
    name: 'rollback: `false` after a chat with Entra ID, and the key back',
    before: { ...ON, ...INSTANCE },
    variables: { AZURE_OPENAI_USE_ENTRA_ID: 'false', ...INSTANCE, AZURE_API_KEY: OPERATORS_KEY },
    isOff: true,
    expected: operators,
  },
]
