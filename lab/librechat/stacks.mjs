/**
 * @typedef {{ client: string, version: string, node: number, driver: string, with: string[] }} Stack
 */

/**
 * The clients, each with the major version of Node that it asks for and what is installed to run it. `driver` is a file
 * of `drivers/`.
 *
 * @type {Stack[]}
 */
export const STACKS = [
  { client: '@librechat/agents', version: '3.9.2', node: 24, driver: 'agents', with: ['undici@7.30.1'] },
  { client: '@librechat/agents', version: '3.0.50', node: 20, driver: 'agents', with: ['undici@7.30.1'] },
  {
    client: '@langchain/openai',
    version: '1.6.0',
    node: 24,
    driver: 'langchain',
    with: ['@langchain/core@1.4.0', 'undici@7.30.1'],
  },
  { client: 'openai', version: '7.57.0', node: 24, driver: 'openai', with: ['undici@7.30.1'] },
  { client: 'openai', version: '6.49.0', node: 20, driver: 'openai', with: ['undici@7.30.1'] },
  { client: 'openai', version: '5.23.2', node: 20, driver: 'openai', with: ['undici@7.30.1'] },
  {
    client: 'openai',
    version: '4.104.0',
    node: 20,
    driver: 'openai-4',
    with: ['node-fetch@2.7.0', 'https-proxy-agent@7.0.6'],
  },
  { client: 'axios', version: '1.21.1', node: 24, driver: 'axios', with: ['https-proxy-agent@7.0.6'] },
  {
    client: 'node-fetch',
    version: '2.7.0',
    node: 20,
    driver: 'node-fetch',
    with: ['https-proxy-agent@7.0.6'],
  },
  {
    client: 'node-fetch',
    version: '3.3.2',
    node: 24,
    driver: 'node-fetch',
    with: ['https-proxy-agent@7.0.6'],
  },
  { client: 'undici', version: '6.29.1', node: 20, driver: 'undici', with: [] },
  { client: 'undici', version: '7.30.2', node: 24, driver: 'undici', with: [] },
]
