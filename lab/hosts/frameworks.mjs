/** Frameworks that build servers. */

/** @typedef {import('./bundlers.mjs').Host} Host */

const LAYOUT = `export default function Layout({ children }) {
  return children
}
`

const ROUTE = `import { chat } from '../../../chat.mjs'

export const dynamic = 'force-dynamic'

export const GET = async () => Response.json(await chat())
`

const NEXT = { 'app/layout.js': LAYOUT, 'app/api/chat/route.js': ROUTE }

const STANDALONE = { ...NEXT, 'next.config.mjs': `export default { output: 'standalone' }\n` }
const EXTERNAL = "serverExternalPackages: ['azure-openai-entra']"
const STANDALONE_EXTERNAL = {
  ...NEXT,
  'next.config.mjs': `export default { output: 'standalone', ${EXTERNAL} }\n`,
}

/** What its server says of itself. */
const SERVES = /Local:\s+(http:\/\/\S+)/

const QUIET = { NEXT_TELEMETRY_DISABLED: '1' }

/** @type {Host[]} */
export const FRAMEWORKS = [
  {
    name: 'Next.js',
    packages: ['next', 'react', 'react-dom'],
    ways: [
      {
        what: 'a route, by Turbopack, under `next start`',
        files: NEXT,
        build: [['next', 'build']],
        run: ['next', 'start'],
        variables: QUIET,
        serves: SERVES,
      },
      {
        what: 'a route, by webpack, under `next start`',
        files: NEXT,
        build: [['next', 'build', '--webpack']],
        run: ['next', 'start'],
        variables: QUIET,
        serves: SERVES,
        limits: 'it warns of the packages of other platforms, which are not installed',
      },
      {
        what: 'a route, by Turbopack, with `output: "standalone"`',
        files: STANDALONE,
        build: [['next', 'build']],
        out: '.next/standalone',
        run: ['node', 'server.js'],
        variables: QUIET,
        serves: SERVES,
      },
      {
        what: 'a route, by webpack, with `output: "standalone"`',
        lines: EXTERNAL,
        files: STANDALONE_EXTERNAL,
        build: [['next', 'build', '--webpack']],
        out: '.next/standalone',
        run: ['node', 'server.js'],
        variables: QUIET,
        serves: SERVES,
      },
    ],
  },
  {
    name: 'Nitro',
    packages: ['nitropack'],
    ways: [
      {
        what: 'a route',
        files: {
          'routes/api/chat.mjs': `import { defineEventHandler } from 'h3'\n\nimport { chat } from '../../chat.mjs'\n\nexport default defineEventHandler(() => chat())\n`,
        },
        build: [['nitropack', 'build']],
        out: '.output',
        run: ['node', 'server/index.mjs'],
        serves: /Listening on (http:\/\/\S+?)\/?$/m,
      },
    ],
  },
]
