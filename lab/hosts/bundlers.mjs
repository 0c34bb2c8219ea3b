/** Bundlers: what each makes runs in a folder without `node_modules`. */

/**
 * @typedef {{
 *   what: string, lines?: string, files?: Record<string, string>, build?: string[][], out?: string, run: string[],
 *   variables?: Record<string, string>, serves?: RegExp, isCopied?: boolean, refusal?: RegExp, limits?: string,
 * }} Way
 *   `files` are what the project has beside the app, `build` the programs of its packages, `out` the folder that is moved away from
 *   them. `isCopied`: it asks for the addon beside it. `refusal`: what it says instead of an answer. `lines`: what
 *   has to be written down for it
 * @typedef {{ name: string, version?: string, packages: string[], ways: Way[] }} Host its version is that of its first package unless it
 *   says another
 */

const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`

const ROLLUP = `import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import resolve from '@rollup/plugin-node-resolve'

export default {
  input: 'main.mjs',
  output: { dir: 'dist', entryFileNames: 'app.mjs' },
  plugins: [resolve(), commonjs(), json()],
}
`

const VITE = `export default {
  ssr: { noExternal: true },
  build: { ssr: 'main.mjs', outDir: 'dist' },
}
`

const TSUP = `export default {
  entry: { app: 'main.mjs' },
  format: ['cjs'],
  noExternal: [/.*/],
}
`

/** @type {Host[]} */
export const BUNDLERS = [
  {
    name: 'esbuild',
    packages: ['esbuild'],
    ways: [
      {
        what: 'CommonJS',
        build: [['esbuild', 'main.mjs', '--bundle', '--platform=node', '--outfile=dist/app.cjs']],
        out: 'dist',
        run: ['node', 'app.cjs'],
        isCopied: true,
      },
      {
        what: 'ES module',
        lines: `esbuild --format=esm --banner:js="${BANNER}"`,
        build: [
          [
            'esbuild',
            'main.mjs',
            '--bundle',
            '--platform=node',
            '--format=esm',
            '--outfile=dist/app.mjs',
            `--banner:js=${BANNER}`,
          ],
        ],
        out: 'dist',
        run: ['node', 'app.mjs'],
        isCopied: true,
        limits:
          'without the banner no CommonJS package runs in an ES module of esbuild: “Dynamic require of … is not supported”',
      },
    ],
  },
  {
    name: 'Rollup',
    packages: ['rollup', '@rollup/plugin-node-resolve', '@rollup/plugin-commonjs', '@rollup/plugin-json'],
    ways: [
      {
        what: 'ES module, with its plugins for packages',
        files: { 'rollup.config.mjs': ROLLUP },
        build: [['rollup', '-c']],
        out: 'dist',
        run: ['node', 'app.mjs'],
        isCopied: true,
      },
    ],
  },
  {
    name: 'webpack',
    packages: ['webpack', 'webpack-cli'],
    ways: [
      {
        // Minified, it is one line, which Node shows before the error that is read here.
        what: 'CommonJS, not minified',
        build: [
          [
            'webpack',
            '--mode=production',
            '--target=node',
            '--no-optimization-minimize',
            '--entry=./main.mjs',
            '--output-filename=app.cjs',
          ],
        ],
        out: 'dist',
        run: ['node', 'app.cjs'],
        isCopied: true,
        limits: 'it warns of the packages of other platforms, which are not installed',
      },
    ],
  },
  {
    name: 'Vite',
    packages: ['vite'],
    ways: [
      {
        what: 'an SSR build, packages external',
        build: [['vite', 'build', '--ssr', 'main.mjs']],
        run: ['node', 'dist/main.mjs'],
      },
      {
        what: 'an SSR build with `noExternal: true`',
        files: { 'vite.config.mjs': VITE },
        build: [['vite', 'build']],
        out: 'dist',
        run: ['node', 'main.mjs'],
        isCopied: true,
      },
    ],
  },
  {
    name: 'ncc',
    packages: ['@vercel/ncc'],
    ways: [
      {
        what: 'CommonJS',
        build: [['ncc', 'build', 'main.cjs', '-o', 'dist']],
        out: 'dist',
        run: ['node', 'index.cjs'],
      },
      {
        what: 'ES module',
        build: [['ncc', 'build', 'main.mjs', '-o', 'dist']],
        out: 'dist',
        run: ['node', 'index.mjs'],
      },
    ],
  },
  {
    name: 'tsup',
    packages: ['tsup', 'typescript'],
    ways: [
      {
        what: 'packages external',
        build: [['tsup', 'main.mjs', '--format', 'esm']],
        run: ['node', 'dist/main.mjs'],
      },
      {
        what: 'with `noExternal`',
        files: { 'tsup.config.mjs': TSUP },
        build: [['tsup']],
        out: 'dist',
        run: ['node', 'app.js'],
        isCopied: true,
      },
    ],
  },
]
