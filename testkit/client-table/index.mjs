import { AZURE } from './azure.mjs'
import { FRAMEWORKS } from './frameworks.mjs'
import { HTTP } from './http.mjs'
import { OPENAI } from './openai.mjs'

/**
 * A way to use a client, as docs/clients.md shows it and as it is run.
 *
 * @typedef {{
 *   what?: string, lines: string, call: string, audience?: string, host?: string, needs?: number, register?: boolean,
 *   native?: boolean,
 * }} Way `what` tells it from the client's other ways; `lines` is shown; `call` sends a request after them, and is not
 *   shown; `audience` is what the token must be for; `needs` is the first major version of Node that runs it;
 *   `register` runs it under the hook; `native` says that a program other than Node sends its requests
 *
 * @typedef {{
 *   client: string, package: string, majors?: string[], beside?: string[], ways: Way[], limits?: string,
 * }} Client `majors` are the versions that are tried, the newest by default; `beside` is installed with it
 */

/** What docs/clients.md lists. @type {{ heading: string, clients: Client[] }[]} */
export const SECTIONS = [
  { heading: 'OpenAI’s and Anthropic’s own', clients: OPENAI },
  { heading: 'Frameworks', clients: FRAMEWORKS },
  { heading: 'Azure SDKs', clients: AZURE },
  { heading: 'HTTP clients and WebSockets', clients: HTTP },
]
