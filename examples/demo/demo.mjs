// Streams a chat from Azure OpenAI without an API key, with the openai package as it is.

import { cacheStats, getAzureOpenAIToken } from 'azure-openai-entra'
import { AzureOpenAI } from 'openai'

import { choosePlace } from './places.mjs'
import { Speech, bold, green, masked, moment, printTable, red, write } from './print.mjs'
import { FIRST_QUESTION, MORE_QUESTIONS } from './questions.mjs'

/** @typedef {import('./places.mjs').Place} Place */
/** @typedef {ReturnType<typeof chatWith>} Chat */

/** @param {Place} place */
const chatWith = ({ endpoint, deployment, apiVersion }) => {
  const openai = new AzureOpenAI({
    endpoint,
    deployment,
    apiVersion,
    azureADTokenProvider: getAzureOpenAIToken,
    // Else the package would take one from the environment, and refuse two ways to authenticate.
    apiKey: /** @type {any} its type leaves out what it takes */ (null),
  })
  /** @param {string} question */
  const request = (question) => ({
    model: deployment,
    messages: [{ role: /** @type {const} */ ('user'), content: question }],
  })
  return {
    /** @param {string} question */
    ask: (question) => openai.chat.completions.create(request(question)),
    /** @param {string} question */
    stream: (question) => openai.chat.completions.create({ ...request(question), stream: true }),
  }
}

/** @param {Chat} chat @param {string} question */
const streamChat = async (chat, question) => {
  new Speech('you').say(question).end()
  const answer = new Speech('model', green)
  for await (const chunk of await chat.stream(question)) {
    answer.say(chunk.choices[0]?.delta.content ?? '')
  }
  answer.end()
}

/**
 * All at once, then shown one after the other.
 *
 * @param {Chat} chat
 * @param {string[]} questions
 */
const moreChats = async (chat, questions) => {
  const answers = await Promise.all(questions.map(chat.ask))
  questions.forEach((question, i) => {
    write('\n')
    new Speech('you').say(question).end()
    new Speech('model', green).say(answers[i].choices[0].message.content ?? '').end()
  })
}

/** @param {Place} place @param {number} chats */
const printToken = (place, chats) => {
  const [token] = cacheStats().tokens
  printTable('The token', [
    ['credential', token.credential],
    ['expires', moment(token.expiresOnTimestamp)],
    ['chats', String(chats)],
    ['identity requests', String(place.identityRequests())],
  ])
}

/** @param {Record<string, string>[]} seen */
const printHeaders = (seen) => {
  const different = new Set(seen.map(({ authorization }) => authorization)).size
  const [headers] = seen
  printTable(`What Azure OpenAI saw, ${seen.length} times`, [
    ['authorization', masked(headers.authorization)],
    ['api-key', seen.some((it) => 'api-key' in it) ? 'SENT' : 'none'],
    ['user-agent', headers['user-agent']],
    ['different tokens', String(different)],
  ])
}

/** Clients wrap what a token provider throws: the reason is at the bottom. @param {unknown} error */
const entraErrorIn = (error) => {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.name === 'EntraIdError') return cause
}

/** @param {Place} place */
const run = async (place) => {
  const chat = chatWith(place)
  write(`${bold('azure-openai-entra')} with ${place.title}\n\n`)
  await streamChat(chat, FIRST_QUESTION)
  await moreChats(chat, MORE_QUESTIONS)
  printToken(place, 1 + MORE_QUESTIONS.length)
  const seen = place.headersSeen()
  if (seen) printHeaders(seen)
}

const place = await choosePlace(process.env)
try {
  await run(place)
} catch (error) {
  process.stderr.write(
    `\n${red('No answer.')} ${(entraErrorIn(error) ?? /** @type {Error} */ (error)).message}\n`,
  )
  process.exitCode = 1
} finally {
  await place.close()
}
