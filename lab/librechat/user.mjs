/** A user of LibreChat, as the browser is one: over HTTP, of v0.8.0 and newer. */
import { randomUUID } from 'node:crypto'

import { secret } from '../../testkit/secrets.mjs'

/** LibreChat turns away what names no browser. */
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
/** No answer, its stream included, takes this long, not even that of a dead identity endpoint. */
const LIMIT_MS = 180_000
const NO_PARENT = '00000000-0000-0000-0000-000000000000'

/**
 * Registers with LibreChat, and signs in.
 *
 * @param {string} server
 */
export const signIn = async (server) => {
  let token = ''
  /**
   * @param {string} path
   * @param {{ json?: object, form?: FormData }} [body]
   */
  const request = async (path, { json, form } = {}) => {
    const response = await fetch(new URL(path, server), {
      method: json || form ? 'POST' : 'GET',
      headers: {
        'user-agent': BROWSER,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(json && { 'content-type': 'application/json' }),
      },
      body: json ? JSON.stringify(json) : form,
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    if (response.ok) return response
    throw new Error(`${path} was answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
  }
  const password = secret('password')
  const email = `${randomUUID()}@example.com`
  const account = { name: 'Lab', username: randomUUID(), email, password, confirm_password: password }
  await request('/api/auth/register', { json: account })
  const login = await request('/api/auth/login', { json: { email, password } })
  token = (await dataOf(login)).token
  return userWith(request)
}

/**
 * @param {Response} response
 * @returns {Promise<any>} LibreChat's own form
 */
const dataOf = (response) => response.json()

/** @param {(path: string, body?: { json?: object, form?: FormData }) => Promise<Response>} request */
const userWith = (request) => ({
  /**
   * @param {string} text
   * @param {{ endpoint: string, model: string }} model
   * @returns {Promise<{ answer: string, conversationId: string }>}
   */
  chat: async (text, { endpoint, model }) => {
    const message = {
      text,
      sender: 'User',
      clientTimestamp: new Date().toISOString(),
      isCreatedByUser: true,
      parentMessageId: NO_PARENT,
      conversationId: null,
      messageId: randomUUID(),
      error: false,
      endpoint,
      model,
      isTemporary: false,
      isRegenerate: false,
      isContinued: false,
      ephemeralAgent: { mcp: [], web_search: false, file_search: false, execute_code: false },
    }
    let answered = await request(`/api/agents/chat/${endpoint}`, { json: message })
    let started
    // Since v0.8.2, the answer comes by a stream of its own.
    if (/json/.test(answered.headers.get('content-type') ?? '')) {
      started = await dataOf(answered)
      answered = await request(`/api/agents/chat/stream/${started.streamId}`)
    }
    const last = finalEvent(await answered.text())
    const { text: plain, content = [] } = last.responseMessage ?? {}
    const parts = content.map((/** @type {{ text?: string | { value: string } }} */ { text }) =>
      typeof text === 'object' ? text.value : (text ?? ''),
    )
    const answer = plain || parts.join('')
    const failure = content.find((/** @type {{ type: string }} */ { type }) => type === 'error')
    if (!answer) throw new Error(failure?.error ?? JSON.stringify(last))
    return {
      answer,
      conversationId: last.conversation?.conversationId ?? started?.conversationId,
    }
  },
  /** @param {string} conversationId */
  title: async (conversationId) => {
    // Up to v0.8.1 there is only the second.
    const first = await request(`/api/convos/gen_title/${conversationId}`).catch((error) => error)
    if (/json/.test(first.headers?.get('content-type') ?? '')) return (await dataOf(first)).title
    const second = request('/api/convos/gen_title', { json: { conversationId } })
    const { title } = await dataOf(
      await second.catch((error) => Promise.reject(first instanceof Error ? first : error)),
    )
    return title
  },
  listen: async () => {
    const form = new FormData()
    form.append('audio', new Blob([new Uint8Array(64)], { type: 'audio/webm' }), 'audio.webm')
    const { text } = await dataOf(await request('/api/files/speech/stt', { form }))
    return text
  },
  /** @param {string} text */
  speak: async (text) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ input: text, voice: 'alloy' })) form.append(name, value)
    return (await (await request('/api/files/speech/tts/manual', { form })).arrayBuffer()).byteLength
  },
})

/**
 * The event that ends an answer.
 *
 * @param {string} stream
 * @returns {any} LibreChat's own form
 */
const finalEvent = (stream) => {
  const events = [...stream.matchAll(/^data: ?(.+)$/gm)].map(([, data]) => JSON.parse(data))
  const last = events.find(({ final }) => final) ?? events.at(-1)
  if (last === undefined) throw new Error(`The answer is no stream of events: ${stream.slice(0, 300)}`)
  return last
}
