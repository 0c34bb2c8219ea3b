/** @param {string} object */
const common = (object) => ({
  id: 'chatcmpl-stand-in',
  object,
  created: Math.floor(Date.now() / 1000),
  model: 'gpt-stand-in',
})

const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

/** A whole answer of `chat/completions`. @param {string} text */
export const chatCompletion = (text) => ({
  ...common('chat.completion'),
  choices: [
    { index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop' },
  ],
  usage,
})

/**
 * The same answer as the server-sent events of `stream: true`, one piece of `text` in each.
 *
 * @param {string} text
 */
export const chatCompletionEvents = (text) => {
  /** @param {object} delta @param {string | null} [finish_reason] */
  const chunk = (delta, finish_reason = null) =>
    event({ ...common('chat.completion.chunk'), choices: [{ index: 0, delta, finish_reason }] })
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(text).map((content) => chunk({ content })),
    chunk({}, 'stop'),
    'data: [DONE]\n\n',
  ]
}

/**
 * One server-sent event.
 *
 * @param {object} data
 * @param {string} [name]
 */
export const event = (data, name) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`

/**
 * Words with the blanks after them, as models stream them.
 *
 * @param {string} text
 * @returns {string[]}
 */
export const pieces = (text) => text.match(/\S+\s*/g) ?? []
