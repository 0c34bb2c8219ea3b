/** Runtimes other than Node, and programs of one file. */

/** @typedef {import('./bundlers.mjs').Host} Host */

const BUN = 'node_modules/@oven/bun-linux-x64/bin/bun'
const DENO = 'node_modules/@deno/linux-x64-glibc/deno'
const ALLOWED = ['--allow-env', '--allow-net', '--allow-read']
/** Deno has a variable of its own for it. */
const TRUST = { DENO_CERT: 'ca.pem' }

const SEA = `{ "main": "app.cjs", "output": "app.blob", "disableExperimentalSEAWarning": true }\n`
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** @type {Host[]} */
export const RUNTIMES = [
  {
    name: "Node's single executable",
    version: process.versions.node,
    packages: ['postject', 'esbuild'],
    ways: [
      {
        what: 'a CommonJS bundle',
        files: { 'sea-config.json': SEA },
        build: [
          ['esbuild', 'main.mjs', '--bundle', '--platform=node', '--outfile=app.cjs'],
          ['node', '--experimental-sea-config', 'sea-config.json'],
          ['sh', '-c', `mkdir dist && cp ${process.execPath} dist/app`],
          ['postject', 'dist/app', 'NODE_SEA_BLOB', 'app.blob', '--sentinel-fuse', FUSE],
        ],
        out: 'dist',
        run: ['./app'],
        isCopied: true,
      },
    ],
  },
  {
    name: 'Bun',
    packages: ['@oven/bun-linux-x64'],
    ways: [
      { what: 'a program', run: [BUN, 'main.mjs'] },
      {
        what: 'the hook',
        lines: 'bun --preload azure-openai-entra/register app.mjs',
        run: [BUN, '--preload', 'azure-openai-entra/register', 'keyed.mjs'],
      },
      {
        what: '`bun build --compile`',
        build: [[BUN, 'build', '--compile', 'main.mjs', '--outfile', 'dist/app']],
        out: 'dist',
        run: ['./app'],
        isCopied: true,
      },
    ],
  },
  {
    name: 'Deno',
    packages: ['@deno/linux-x64-glibc'],
    ways: [
      {
        what: 'a program',
        lines: 'deno run --allow-ffi --allow-env --allow-net --allow-read app.mjs',
        run: [DENO, 'run', '--allow-ffi', ...ALLOWED, 'main.mjs'],
        variables: TRUST,
      },
      {
        what: 'without `--allow-ffi`',
        run: [DENO, 'run', '--no-prompt', ...ALLOWED, 'main.mjs'],
        variables: TRUST,
        refusal: /--allow-ffi/,
      },
      {
        what: 'the hook',
        lines: 'deno run --preload ./node_modules/azure-openai-entra/register.js --allow-ffi … app.mjs',
        run: [
          DENO,
          'run',
          '--preload',
          './node_modules/azure-openai-entra/register.js',
          '--allow-ffi',
          ...ALLOWED,
          'keyed.mjs',
        ],
        variables: TRUST,
      },
    ],
  },
]
