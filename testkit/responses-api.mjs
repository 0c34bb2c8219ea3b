import { event, pieces } from './chat-completions.mjs'

/** @param {string} text */
const content = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] })

/** @param {string} status @param {object[]} parts */
const message = (status, parts) => ({
  id: 'msg_stand_in',
  type: 'message',
  status,
  role: 'assistant',
  content: parts,
})

/** @param {string} status @param {object[]} output @param {object | null} [usage] */
const response = (status, output, usage = null) => ({
  id: 'resp_stand_in',
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status,
  model: 'gpt-stand-in',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage,
})

const usage = {
  input_tokens: 1,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 2,
}

/** A whole answer of `responses`. @param {string} text */
export const modelResponse = (text) => response('completed', [message('completed', [content(text)])], usage)

/** The same answer as the server-sent events of `stream: true`. @param {string} text */
export const modelResponseEvents = (text) => {
  const place = { item_id: 'msg_stand_in', output_index: 0, content_index: 0 }
  const events = [
    { type: 'response.created', response: response('in_progress', []) },
    { type: 'response.output_item.added', output_index: 0, item: message('in_progress', []) },
    { type: 'response.content_part.added', ...place, part: content('') },
    ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: content(text) },
    { type: 'response.output_item.done', output_index: 0, item: message('completed', [content(text)]) },
    { type: 'response.completed', response: modelResponse(text) },
  ]
  return events.map((data, sequence_number) => event({ ...data, sequence_number }, data.type))
}
