/** Clients of a proxy, each with its own question, whose answer must be its own. */

import { readFileSync } from 'node:fs'
import http from 'node:http'
import { text } from 'node:stream/consumers'

/** A client that waits longer hangs. */
const LIMIT_MS = 60_000

/** @typedef {{ status?: number, body?: string, error?: string, hung?: boolean, code?: string }} Outcome */

/**
 * A chat over HTTP/1.1.
 *
 * @param {{
 *   origin: string, key: string, question: string, stream?: boolean, agent?: http.Agent, padding?: number,
 *   leaveAfterMs?: number,
 * }} options `leaveAfterMs` breaks it off
 * @returns {Promise<Outcome>}
 */
export const chat = ({ origin, key, question, stream = false, agent, padding = 0, leaveAfterMs }) =>
  new Promise((resolve) => {
    const body = JSON.stringify({
      model: 'chat',
      stream,
      messages: [{ role: 'user', content: question }],
      user: 'x'.repeat(padding),
    })
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      authorization: `Bearer ${key}`,
    }
    const request = http.request(`${origin}/openai/v1/chat/completions`, { method: 'POST', agent, headers })
    const limit = setTimeout(() => {
      resolve({ hung: true })
      request.destroy()
    }, LIMIT_MS)
    const leave = leaveAfterMs === undefined ? undefined : setTimeout(() => request.destroy(), leaveAfterMs)
    const end = (/** @type {Outcome} */ outcome) => {
      clearTimeout(limit)
      clearTimeout(leave)
      resolve(outcome)
    }
    request.on('error', (error) => end({ error: error.message }))
    request.on('response', (response) => {
      const code = /** @type {string | undefined} */ (response.headers['x-entra-id-error'])
      text(response).then(
        (body) => end({ status: response.statusCode, body, code }),
        (error) => end({ status: response.statusCode, error: error.message }),
      )
    })
    request.end(body)
  })

/** The answer to a question, which is that of no other. @param {string} question */
export const answerOf = (question) => `You asked ${question} just now.`

/** MiB that a process holds. @param {number} pid */
export const residentMebibytes = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** What an answer of the stand-in says, whole or streamed. @param {string} body */
export const said = (body) => {
  if (!body.startsWith('data:')) return JSON.parse(body).choices[0].message.content
  const events = body.split('\n\n').filter((event) => event.startsWith('data: {'))
  return events.map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '').join('')
}
