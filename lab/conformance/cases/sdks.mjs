import { secretRequest, SERVICE_PRINCIPAL } from './common.mjs'

/** @typedef {import('./common.mjs').Answers} Answers */
/** @typedef {import('./common.mjs').Case} Case */
/** @typedef {import('./common.mjs').Setting} Setting */

const REPLY = {
  body: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  },
}
const BROKEN = { status: 500, body: { error: { message: 'broken' } } }
const DENIED = { status: 401, body: { error: { code: '401', message: 'Access denied' } } }
const KEY = { AZURE_OPENAI_API_KEY: 'a-key', AZURE_API_KEY: 'a-key' }
/** The baseline's providers also send the claim that C82a is about. */
const TOKEN = new RegExp(`^POST \\S+/T/oauth2/v2.0/token \\| (claims=.*&)?${secretRequest().split('| ')[1]}$`)
/** The chat itself: with the token and no key. */
const CHAT = /^POST http:\/\/host\/openai\/(?!.*a-key).*authorization: Bearer token-1$/
/** @param {number} count @param {RegExp} line */
const times = (count, line) => Array.from({ length: count }, () => line)

/**
 * @param {string} id
 * @param {string} what
 * @param {string} client
 * @param {Setting & { answers?: Answers, attempts?: number, token: string | RegExp }} setting
 * @returns {Case}
 */
const chat = (id, what, client, { env, answers = REPLY, attempts = 1, token, ...more }) => ({
  id,
  what,
  env: { ...SERVICE_PRINCIPAL, ...env },
  client,
  host: answers,
  expect: { requests: [TOKEN, ...times(attempts, CHAT)], outcome: { token } },
  peer: 'equal',
  ...more,
})
/** @param {string} id @param {string} what @param {string} client @returns {Case} */
const excluded = (id, what, client) => ({
  id,
  what,
  env: { ...SERVICE_PRINCIPAL, ...KEY },
  client,
  host: REPLY,
  expect: { requests: [], outcome: { token: /mutually exclusive.*calls=0/ } },
  peer: 'equal',
})
/** @param {number} count @param {string} [said] */
const called = (count, said = 'hello') => `${said} calls=${count} arguments=0`
/** @param {string[]} nth @param {string} client @param {string} name */
const three = (nth, client, name) => [
  chat(`J08${nth[0]}`, `${name}: the provider is called once for one answer, without arguments`, client, {
    token: called(1),
  }),
  chat(`J08${nth[1]}`, `${name}: 500 then 200: called once per attempt`, client, {
    answers: [BROKEN, REPLY],
    attempts: 2,
    token: called(2),
  }),
  chat(`J08${nth[2]}`, `${name}: 401: called once, not again`, client, {
    answers: DENIED,
    token: /^401 [^]*calls=1 arguments=0$/,
  }),
  chat(`J08${nth[3]}`, `${name}: a provider that gives text and no promise`, client, {
    sync: true,
    token: called(1),
  }),
]

/** Section J: the SDKs that call. @type {Case[]} */
export const cases = [
  ...three(['', 'a', 'b', 'c'], 'openai', 'openai'),
  ...three(['d', 'e', 'f', 'g'], 'langchain', 'LangChain'),
  ...three(['h', 'i', 'j', 'k'], 'ai-sdk', 'Vercel AI SDK'),
  excluded('J09', 'openai: AZURE_OPENAI_API_KEY beside a provider: the two exclude each other', 'openai'),
  excluded(
    'J09a',
    'LangChain: AZURE_OPENAI_API_KEY beside a provider: the two exclude each other',
    'langchain',
  ),
  chat('J09b', 'Vercel AI SDK: a key in the environment beside a provider is not sent', 'ai-sdk', {
    env: KEY,
    token: called(1),
  }),
]
