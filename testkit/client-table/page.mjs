import { SECTIONS } from './index.mjs'

/**
 * @typedef {{ client: string, way: number, version: string, failure?: string }} Result
 */

const INTRO = `Find your client, and copy its lines. Each was run with the versions beside it against stand-ins of Azure's services, which take
only a Microsoft Entra ID token for the right audience and no key.`

/**
 * docs/clients.md, except for what the formatter does.
 *
 * @param {Result[]} results
 * @param {Date} date
 */
export const pageOf = (results, date) => {
  const sections = SECTIONS.map(
    ({ heading, clients }) =>
      `## ${heading}\n\n${clients.map((client) => sectionOf(client, results)).join('\n')}`,
  )
  const day = date.toISOString().slice(0, 10)
  return `# Clients\n\n${INTRO}\n\nTried on ${day}; \`npm run lab -- clients\` tries the newest versions again.\n\n${OTHERS}\n\n${sections.join('\n')}`
}

const OTHERS = `Your client is not here? If it takes a \`fetch\`, pass \`entraIdFetch()\`; a \`TokenCredential\`, \`new
DefaultAzureCredential()\`; headers, \`await getAzureOpenAIAuthHeaders({ url })\` for each request. An app that you cannot change works under
[the hook](librechat.md#with-the-official-image), whatever its client. A program other than Node goes through [the proxy](proxy.md).`

/** @param {import('./index.mjs').Client} client @param {Result[]} results */
const sectionOf = ({ client, ways, limits }, results) => {
  const shown = ways.map((way, at) => {
    const versions = results.filter((it) => it.client === client && it.way === at && !it.failure)
    const tried = versions.map(({ version }) => version).join(', ')
    const needs = way.needs ? `, on Node ${way.needs} or newer` : ''
    const title = [way.what, tried && `tried with ${tried}${needs}`].filter(Boolean).join('; ')
    return `${title.slice(0, 1).toUpperCase()}${title.slice(1)}:\n\n\`\`\`js\n${way.lines}\n\`\`\`\n`
  })
  return `### ${client}\n\n${shown.join('\n')}${limits ? `\n${limits}\n` : ''}`
}
