/**
 * Joins modules of the package that are loaded together into one file each: Node takes longer to find and open a file than
 * to compile what these hold. In a module's place remains a line that names the file, so that each path still has its
 * module.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'

/** Which modules a file below `lib/joined/` holds. All others stay as they are. */
const BUNDLES = {
  /** What `require` and the hook load before anything is used. */
  base: [
    'index',
    'register',
    'lib/credential',
    'lib/environment',
    'lib/error',
    'lib/first-use',
    'lib/load-context',
    'lib/own',
    'lib/register/guard',
    'lib/register/index',
    'lib/register/search',
    'lib/register/when-loads',
  ],
  /** What a first token loads. */
  token: [
    'lib/addon',
    'lib/cache',
    'lib/coded',
    'lib/core-bridge',
    'lib/credential-slots',
    'lib/diagnostics-channels',
    'lib/entry-point',
    'lib/foreign-folder',
    'lib/if-allowed',
    'lib/length',
    'lib/loaded-modules',
    'lib/logger',
    'lib/monotonic',
    'lib/options',
    'lib/own-files',
    'lib/owners',
    'lib/platform',
    'lib/platform-package',
    'lib/provider',
    'lib/realm',
    'lib/token-slot',
    'lib/within',
  ],
  /** What `import`, which reads every export, and a credential of another class load. */
  classes: [
    'lib/app-credential',
    'lib/app-credential-error',
    'lib/azure-logger',
    'lib/credentials/arguments',
    'lib/credentials/classes',
    'lib/handed-over',
    'lib/identity-error',
    'lib/real-identity',
    'lib/require-peer',
  ],
  /** What a first request loads in which a token takes the place of the key. */
  requests: [
    'lib/allowed-hosts',
    'lib/any-response',
    'lib/at-call',
    'lib/audience-slots',
    'lib/auth-headers',
    'lib/expected-audience',
    'lib/failure-response',
    'lib/fetch',
    'lib/fetch-globals',
    'lib/librechat',
    'lib/query-keys',
    'lib/redirect',
    'lib/register/exchange',
    'lib/register/fetch',
    'lib/register/http',
    'lib/register/guard-http2',
    'lib/register/http2',
    'lib/register/key-places',
    'lib/register/placeholder',
    'lib/register/refusals',
    'lib/register/undici',
    'lib/register/warning',
    'lib/request',
    'lib/shared-suffixes',
    'lib/shown',
    'lib/unauthorized',
    'lib/url',
  ],
}
const FOLDER = 'lib/joined'

/** @type {Map<string, string>} the bundle of each module */
const BUNDLE_OF = new Map(
  Object.entries(BUNDLES).flatMap(([bundle, members]) => members.map((member) => [member, bundle])),
)

/** @param {string} folder of the package, whose files are replaced */
export async function joinModules(folder) {
  const bundles = await Promise.all(
    Object.keys(BUNDLES).map(async (bundle) => ({ bundle, code: await joined(folder, bundle) })),
  )
  // Afterwards, because each reads modules.
  mkdirSync(join(folder, FOLDER), { recursive: true })
  for (const { bundle, code } of bundles) writeFileSync(join(folder, FOLDER, `${bundle}.js`), code)
  for (const [member, bundle] of BUNDLE_OF) {
    const path = pathFrom(posix.dirname(member), `${FOLDER}/${bundle}.js`)
    writeFileSync(
      join(folder, `${member}.js`),
      `'use strict'\n\nmodule.exports = require('${path}')['${member}']\n`,
    )
  }
}

/**
 * @param {string} folder
 * @param {string} bundle
 * @returns {Promise<string>} a module that loads each of its members when it is read
 */
async function joined(folder, bundle) {
  const { build } = await import('esbuild')
  const members = [...BUNDLE_OF].filter((entry) => entry[1] === bundle).map(([member]) => member)
  const { outputFiles } = await build({
    absWorkingDir: folder,
    stdin: {
      contents: `module.exports = {\n${members.map(getter).join('')}}`,
      resolveDir: folder,
    },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [apart(folder, bundle)],
  })
  return outputFiles[0].text
}

/** @param {string} member */
function getter(member) {
  return `  get '${member}'() { return require('./${member}') },\n`
}

/** In the namespace of a module that another bundle holds. */
const ELSEWHERE = 'another bundle'

/**
 * Leaves out of a bundle what is not of it.
 *
 * @param {string} folder
 * @param {string} bundle
 * @returns {import('esbuild').Plugin}
 */
function apart(folder, bundle) {
  return {
    name: 'apart',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, namespace }) => {
        if (namespace === ELSEWHERE) return { path, external: true }
        const found = moduleAt(relative(folder, join(resolveDir, path)).replaceAll(sep, '/'))
        const owner = BUNDLE_OF.get(found)
        if (owner === bundle) return undefined
        if (owner !== undefined) return { path: found, namespace: ELSEWHERE }
        return { path: pathFrom(FOLDER, found), external: true }
      })
      build.onLoad({ filter: /./, namespace: ELSEWHERE }, ({ path }) => ({
        contents: `module.exports = require('./${BUNDLE_OF.get(path)}.js')['${path}']`,
        resolveDir: join(folder, FOLDER),
      }))
    },
  }
}

/** @param {string} path as it is required, of a file or of a folder with an index */
function moduleAt(path) {
  return BUNDLE_OF.has(`${path}/index`) ? `${path}/index` : path
}

/** How a module of `folder` requires `file`; both are paths within the package. @param {string} folder @param {string} file */
function pathFrom(folder, file) {
  const path = posix.relative(folder, file)
  return path.startsWith('.') ? path : `./${path}`
}
