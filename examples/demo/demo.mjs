// Streams a chat from Azure OpenAI without an API key, with the openai package as it is.

import { cacheStats, getAzureOpenAIToken } from 'azure-openai-entra'
import { AzureOpenAI } from 'openai'

import { choosePlace } from './places.mjs'
import { Speech, bold, green, masked, moment, printTable, red, write } from './print.mjs'
import { FIRST_QUESTION, MORE_QUESTIONS } from './questions.mjs'

const chatWith = ({ endpoint, deployment, apiVersion }) => {
  const openai = new AzureOpenAI({
    endpoint,
    deployment,
    apiVersion,
    azureADTokenProvider: getAzureOpenAIToken,
    // Else the package would take one from the environment, and refuse two ways to authenticate.
    apiKey: null,
  })
  return (question, options) =>
    openai.chat.completions.create({
      model: deployment,
      messages: [{ role: 'user', content: question }],
      ...options,
    })
}

const streamChat = async (chat, question) => {
  new Speech('you').say(question).end()
  const answer = new Speech('model', green)
  for await (const chunk of await chat(question, { stream: true })) {
    answer.say(chunk.choices[0]?.delta.content ?? '')
  }
  answer.end()
}

/** All at once, then shown one after the other. */
const moreChats = async (chat, questions) => {
  const answers = await Promise.all(questions.map((question) => chat(question)))
  questions.forEach((question, i) => {
    write('\n')
    new Speech('you').say(question).end()
    new Speech('model', green).say(answers[i].choices[0].message.content).end()
  })
}

const printToken = (place, chats) => {
  const [token] = cacheStats().tokens
  printTable('The token', [
    ['credential', token.credential],
    ['expires', moment(token.expiresOnTimestamp)],
    ['chats', String(chats)],
    ['identity requests', String(place.identityRequests())],
  ])
}

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

/** Clients wrap what a token provider throws: the reason is at the bottom. */
const entraErrorIn = (error) => {
  for (let cause = error; cause; cause = cause.cause) if (cause.name === 'EntraIdError') return cause
}

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
  process.stderr.write(`\n${red('No answer.')} ${(entraErrorIn(error) ?? error).message}\n`)
  process.exitCode = 1
} finally {
  await place.close()
}
