import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'

import { writeNamespace, writeOtherOwner } from './support/other-owner.mjs'
import { addonFile } from '../scripts/setup.mjs'
import { root as repository } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'

/** What a user namespace shows for an owner that it does not know. */
const OVERFLOW = 65_534
const STICKY = 0o1777
const OPEN = 0o777

const folders = mkdtempSync(join(tmpdir(), 'entra-foreign-packages-'))
after(() => rmSync(folders, { recursive: true, force: true }))
// Without the packages that the repository has for its tests.
cpSync(join(repository, 'lib'), join(folders, 'own/lib'), { recursive: true })

const PEER = join(folders, 'own/lib/require-peer.js')
const APP = `require(${JSON.stringify(PEER)}).requirePeer('@azure/identity') ?? console.log('none')`
const RUNS = "console.log('runs')"
const IDENTITY = 'node_modules/@azure/identity'

const addon = addonFile()
const [, platform] = addon.split('.')

/**
 * @typedef {object} Layout
 * @property {Record<string, string | { link: string }>} files by their paths in the layout's folder, beside app/main.cjs
 * @property {Record<string, number>} [modes] of folders
 * @property {RegExp} [foreign] the paths that are another user's
 * @property {number} [owner] that user
 * @property {boolean} [isNamespace] whether this process's user stands for all that its namespace does not know
 * @property {Record<string, string>} [variables]
 * @property {string} [code] of app/main.cjs
 */

const self = (/** @type {string} */ target) => JSON.stringify({ name: '@azure/identity', exports: target })

/** @type {Record<string, Layout>} */
const REFUSED = {
  'a package in an open folder': {
    files: { [`${IDENTITY}/index.js`]: RUNS },
    modes: { '.': STICKY },
    foreign: /layout.node_modules/,
  },
  'a file in an open folder of a package': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { [`app/${IDENTITY}`]: STICKY },
    foreign: /index\.js$/,
  },
  'a file in an open folder within a package': {
    files: { [`app/${IDENTITY}/package.json`]: '{"main":"dist"}', [`app/${IDENTITY}/dist/index.js`]: RUNS },
    modes: { [`app/${IDENTITY}/dist`]: STICKY },
    foreign: /index\.js$/,
  },
  'a package.json in an open folder of a package, which names a file of the user': {
    files: { [`app/${IDENTITY}/package.json`]: '{"main":"../../../uploads/text"}', 'app/uploads/text': RUNS },
    modes: { [`app/${IDENTITY}`]: STICKY },
    foreign: /package\.json$/,
  },
  'a link in an open folder to a file of the user': {
    files: { [`app/${IDENTITY}/index.js`]: { link: '../../../../uploads/text' }, 'uploads/text': RUNS },
    modes: { [`app/${IDENTITY}`]: STICKY },
    foreign: /index\.js$/,
  },
  'a link in an open folder within a package to another file of it': {
    files: {
      [`app/${IDENTITY}/package.json`]: self('./dist/index.js'),
      [`app/${IDENTITY}/dist/index.js`]: { link: '../install.js' },
      [`app/${IDENTITY}/install.js`]: RUNS,
    },
    modes: { [`app/${IDENTITY}/dist`]: STICKY },
    foreign: /index\.js$/,
  },
  'a link in place of a package to a file of the user': {
    files: { 'app/node_modules/@azure/identity.js': { link: '../../../uploads/text' }, 'uploads/text': RUNS },
    modes: { 'app/node_modules/@azure': STICKY },
    foreign: /identity\.js$/,
  },
  'a link that the app’s own package.json names, in an open folder': {
    files: {
      'app/package.json': self('./link'),
      'app/link': { link: '../uploads/text' },
      'uploads/text': RUNS,
    },
    modes: { app: STICKY },
    foreign: /link$/,
  },
  'a link in an open folder to a folder of the user': {
    files: { 'app/node_modules/@azure/identity': { link: '../../../uploads' }, 'uploads/index.js': RUNS },
    modes: { 'app/node_modules/@azure': STICKY },
    foreign: /identity$/,
  },
  'what links of the user lead to, one after the other': {
    files: {
      'app/node_modules': { link: '../links/1' },
      'links/1': { link: '2' },
      'links/2': { link: '../open/packages' },
      'open/packages/@azure/identity/index.js': RUNS,
    },
    modes: { open: STICKY },
    foreign: /open.packages/,
  },
  'a link in an open folder between two of the user': {
    files: {
      'app/node_modules': { link: '../open/link' },
      'open/link': { link: '../uploads' },
      'uploads/@azure/identity/index.js': RUNS,
    },
    modes: { open: STICKY },
    foreign: /open.link/,
  },
  'what a link in NODE_PATH leads to': {
    files: { path: { link: 'open/packages' }, 'open/packages/@azure/identity/index.js': RUNS },
    modes: { open: STICKY },
    foreign: /open.packages/,
    variables: { NODE_PATH: '%/path' },
  },
  'a package.json above the app, which names a file of the user': {
    files: { 'package.json': self('./uploads/text'), 'uploads/text': RUNS },
    modes: { '.': STICKY },
    foreign: /layout.package\.json$/,
  },
  'a package.json above the app, which names a link to a file of the user': {
    files: { 'package.json': self('./link'), link: { link: 'uploads/text' }, 'uploads/text': RUNS },
    modes: { '.': STICKY },
    foreign: /layout.(?:package\.json|link)$/,
  },
  'a package.json above the app, whose name leads out of its folder': {
    files: { 'package.json': self('./../uploads/text') },
    modes: { '.': STICKY },
    foreign: /layout.package\.json$/,
  },
  'a second package, which names a file of the user, if the first is empty': {
    files: {
      [`app/${IDENTITY}/none.txt`]: '',
      [`${IDENTITY}/index.js`]: { link: '../../../uploads/text' },
      'uploads/text': RUNS,
    },
    modes: { '.': STICKY },
    foreign: /layout.node_modules/,
  },
  'a package of the working directory, by each relative HOME': {
    files: { '.node_modules/@azure/identity/index.js': RUNS },
    variables: { HOME: '.' },
  },
  'the same by ./': { files: { '.node_modules/@azure/identity.js': RUNS }, variables: { HOME: './' } },
  'the same by app/..': {
    files: { '.node_libraries/@azure/identity/index.js': RUNS },
    variables: { HOME: 'app/..' },
  },
  'a package of an unknown owner, in a folder in which users replace only what is theirs': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { app: STICKY },
    foreign: /layout/,
    owner: OVERFLOW,
  },
  'a package of an unknown owner, by the user that stands for all of these': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { app: STICKY },
    foreign: /node_modules/,
    owner: OVERFLOW,
    isNamespace: true,
  },
  'a package of an open folder that the command line names for the app': {
    files: { 'open/package.json': '{}', [`open/${IDENTITY}/index.js`]: RUNS },
    modes: { open: STICKY },
    foreign: /open.(?:package|node_modules)/,
    code: `require(${JSON.stringify(PEER)}).usePeersOf(require('node:path').join(__dirname, '../open'))\n${APP}`,
  },
}

/** @type {Record<string, Layout>} */
const FOUND = {
  'beside the app': { files: { [`app/${IDENTITY}/index.js`]: RUNS } },
  'above the app': { files: { [`${IDENTITY}/index.js`]: RUNS } },
  'beside an app in an open folder': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { '.': STICKY },
  },
  'if all folders are open, and all is of the user': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { '.': OPEN, app: OPEN, 'app/node_modules': OPEN, [`app/${IDENTITY}`]: OPEN },
  },
  'if all folders are open, and all is of another user, the app too': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { '.': OPEN, app: OPEN, 'app/node_modules': OPEN, [`app/${IDENTITY}`]: OPEN },
    foreign: /layout/,
  },
  'if all folders are open, and all is of an unknown owner, as in Azure App Service on Linux': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { '.': OPEN, app: OPEN, 'app/node_modules': OPEN, [`app/${IDENTITY}`]: OPEN },
    foreign: /layout/,
    owner: OVERFLOW,
  },
  'if another user deployed the packages, in folders that are not open': {
    files: { [`app/${IDENTITY}/index.js`]: RUNS },
    foreign: /node_modules/,
  },
  'in a store, by links': {
    files: {
      'app/node_modules/@azure/identity': { link: '../.pnpm/identity@1/node_modules/@azure/identity' },
      [`app/node_modules/.pnpm/identity@1/${IDENTITY}/index.js`]: RUNS,
    },
    foreign: /pnpm/,
  },
  'in a workspace, by a link': {
    files: { [IDENTITY]: { link: '../../packages/identity' }, 'packages/identity/index.js': RUNS },
  },
  'in an absolute folder of NODE_PATH': {
    files: { 'path/@azure/identity/index.js': RUNS },
    variables: { NODE_PATH: '%/path' },
  },
  'in an absolute HOME': {
    files: { '.node_modules/@azure/identity/index.js': RUNS },
    variables: { HOME: '%' },
  },
  'by the exports of the package': {
    files: {
      [`app/${IDENTITY}/package.json`]: self('./dist/main.cjs'),
      [`app/${IDENTITY}/dist/main.cjs`]: RUNS,
    },
  },
  'in a package of links to files, as Bazel has it': {
    files: {
      [`app/${IDENTITY}/package.json`]: { link: '../../../../bazel/package.json' },
      [`app/${IDENTITY}/dist/index.js`]: { link: '../../../../../bazel/index.js' },
      'bazel/package.json': '{"main":"dist"}',
      'bazel/index.js': RUNS,
    },
    foreign: /bazel/,
  },
  'by the name in the app’s own package.json': {
    files: { 'app/package.json': self('./identity.cjs'), 'app/identity.cjs': RUNS },
    modes: { '.': STICKY },
  },
  "in spite of another user's package.json above the app that has the name": {
    files: { 'package.json': self('./none.js'), [`app/${IDENTITY}/index.js`]: RUNS },
    modes: { '.': STICKY },
    foreign: /layout.package\.json$/,
  },
  "in spite of another user's package above the app": {
    files: { [`app/${IDENTITY}/index.js`]: RUNS, [`${IDENTITY}/index.js`]: 'throw 0' },
    modes: { '.': STICKY },
    foreign: /layout.node_modules/,
  },
}

/**
 * Makes a layout, runs its app in its folder, and gives what that says.
 *
 * @param {Layout} layout
 */
const ranIn = async ({
  files,
  modes = {},
  foreign = /(?!)/,
  owner,
  isNamespace,
  variables = {},
  code = APP,
}) => {
  const folder = join(mkdtempSync(join(folders, 'case-')), 'layout')
  for (const [path, content] of Object.entries(
    /** @type {Layout['files']} */ ({ 'app/main.cjs': code, ...files }),
  )) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    if (typeof content === 'string') writeFileSync(file, content)
    else symlinkSync(content.link, file)
  }
  for (const [path, mode] of Object.entries(modes)) chmodSync(join(folder, path), mode)
  const owners = join(dirname(folder), 'owners.cjs')
  writeOtherOwner(owners, foreign, owner)
  const namespace = join(dirname(folder), 'namespace.cjs')
  writeNamespace(namespace)
  const preloaded = ['--require', owners, ...(isNamespace ? ['--require', namespace] : [])]
  const placed = Object.entries(variables).map(([name, value]) => [name, value.replace('%', folder)])
  const { stdout, stderr } = await run([process.execPath, ...preloaded, join(folder, 'app/main.cjs')], {
    cwd: folder,
    variables: { HOME: '/nowhere', ...Object.fromEntries(placed) },
  })
  return stdout.trim() || stderr
}

const skip = process.platform === 'win32' && 'files have no owner that Node knows'

describe('what another user can have made is not loaded', { skip }, () => {
  for (const [title, layout] of Object.entries(REFUSED)) {
    test(title, async () => assert.equal(await ranIn(layout), 'none'))

    // The layout itself is one in which Node finds the package.
    if (layout.foreign !== undefined && !title.includes('leads out'))
      test(`${title}: if it is of the user, it is loaded`, async () =>
        assert.equal(await ranIn({ ...layout, foreign: undefined }), 'runs'))
  }
})

describe('the packages of the app are found', { skip }, () => {
  for (const [title, layout] of Object.entries(FOUND))
    test(title, async () => assert.equal(await ranIn(layout), 'runs'))
})

describe('the addon of another user is not loaded', { skip }, () => {
  const name = `azure-openai-entra-${platform}`
  const code = `require('azure-openai-entra').getAzureOpenAIToken({ tenantId: '/' }).catch(({ code, message }) => console.log(code, message))`

  /** @param {Partial<Layout> & { beside?: Layout['files'] }} layout */
  const tokenIn = async ({ beside = {}, ...layout }) => {
    const installed = mkdtempSync(join(folders, 'installed-'))
    const packages = join(installed, 'node_modules')
    for (const path of ['package.json', 'index.js', 'lib'])
      cpSync(join(repository, path), join(packages, 'azure-openai-entra', path), { recursive: true })
    cpSync(join(repository, 'npm', platform), join(packages, name), { recursive: true })
    return ranIn({
      files: { 'app/node_modules': { link: packages }, ...beside },
      code: `const fs = require('node:fs')
        const folder = ${JSON.stringify(join(packages, name))}
        fs.copyFileSync(${JSON.stringify(join(repository, addon))}, folder + '/${addon}')
        fs.chmodSync(folder, 0o1777)
        ${code}`,
      ...layout,
    })
  }

  test('in an open folder of the package of its platform', async () => {
    assert.match(await tokenIn({ foreign: /\.node$/ }), /^ENTRA_ID_UNAVAILABLE .* is not installed/)
    assert.match(await tokenIn({}), /^ENTRA_ID_CONFIGURATION /)
  })

  test('through a file of the package in such a folder, beside which the addon is of the user', async () => {
    for (const file of ['index', 'package'])
      assert.match(await tokenIn({ foreign: new RegExp(`${platform}.${file}\\.js`) }), /^ENTRA_ID_/)
  })

  test('with a relative HOME', async () => {
    const files = { [`.node_modules/${name}/index.js`]: RUNS, [`.node_modules/${name}/${addon}`]: RUNS }
    const own = join(mkdtempSync(join(folders, 'bare-')), 'node_modules/azure-openai-entra')
    for (const path of ['package.json', 'index.js', 'lib'])
      cpSync(join(repository, path), join(own, path), { recursive: true })
    const said = await ranIn({
      files,
      variables: { HOME: '.' },
      code: code.replace("'azure-openai-entra'", JSON.stringify(own)),
    })
    assert.match(said, /^ENTRA_ID_UNAVAILABLE .* is not installed/)
  })
})
