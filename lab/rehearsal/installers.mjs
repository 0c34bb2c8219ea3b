/** The ways in which users install the package. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { npm } from '../../scripts/support/run.mjs'
import { MUSL_NPM, makeMuslRoot } from './musl-root.mjs'

/** The newest of `openai` that runs on Node 20. */
const PACKAGES = ['azure-openai-entra', 'openai@6']
const GNU = 'linux-x64-gnu'

/**
 * @typedef {{
 *   folder: string, tool: (path: string) => string,
 *   install: (command: string[], variables?: Record<string, string>) => Promise<unknown>,
 * }} Project
 *
 * @typedef {{
 *   name: string, app: string, platform: string, install: (project: Project) => Promise<string[]>, refusal?: string[],
 * }} Installer `app` is a folder of `apps/`, `platform` that of the addon; `install` gives the command that starts the app, and
 *   `refusal` is what the app says where it is to fail
 */

/** @type {Installer[]} */
export const INSTALLERS = [
  {
    name: 'npm install',
    app: 'chat',
    platform: GNU,
    install: async ({ install }) => {
      await install([...npm(), 'install', ...PACKAGES])
      return node('app.cjs')
    },
  },
  {
    name: 'npm ci',
    app: 'chat',
    platform: GNU,
    install: (project) => installLocked(project, PACKAGES),
  },
  {
    name: 'npm ci, with the lock file of a Mac',
    app: 'chat',
    platform: GNU,
    install: (project) => installLocked(project, ['--os', 'darwin', '--cpu', 'arm64', ...PACKAGES]),
  },
  {
    name: 'npm install --omit=optional',
    app: 'chat',
    platform: GNU,
    install: async ({ install }) => {
      await install([...npm(), 'install', '--omit=optional', ...PACKAGES])
      return node('app.cjs')
    },
    refusal: [
      `no addon for ${GNU}: the package azure-openai-entra-${GNU} is not installed.`,
      'npm install --include=optional',
    ],
  },
  {
    name: 'pnpm add',
    app: 'chat',
    platform: GNU,
    install: async ({ install, tool }) => {
      await install([...node(tool('pnpm/bin/pnpm.cjs')), 'add', ...PACKAGES])
      return node('app.cjs')
    },
  },
  {
    name: 'yarn add (yarn 1)',
    app: 'chat',
    platform: GNU,
    install: async ({ install, tool }) => {
      await install([...node(tool('yarn/bin/yarn.js')), 'add', ...PACKAGES])
      return node('app.cjs')
    },
  },
  {
    name: 'yarn add (yarn 4, node-modules)',
    app: 'chat',
    platform: GNU,
    install: async (project) => {
      await withYarn(project, 'node-modules', ['add', ...PACKAGES])
      return node('app.cjs')
    },
  },
  {
    name: "yarn add (yarn 4, Plug'n'Play)",
    app: 'chat',
    platform: GNU,
    install: async (project) => {
      await withYarn(project, 'pnp', ['add', ...PACKAGES])
      return node('--require', './.pnp.cjs', 'app.cjs')
    },
  },
  {
    name: 'npm install, in place of @azure/identity (overrides)',
    app: 'swapped',
    platform: GNU,
    install: async ({ install }) => {
      await install([...npm(), 'install'])
      // It fails if the tree is not what the manifests ask for.
      await install([...npm(), 'ls', '--all'])
      return node('app.cjs')
    },
  },
  {
    name: 'pnpm install, in place of @azure/identity (pnpm.overrides)',
    app: 'swapped',
    platform: GNU,
    install: async ({ install, tool }) => {
      await install([...node(tool('pnpm/bin/pnpm.cjs')), 'install'])
      return node('app.cjs')
    },
  },
  {
    name: 'yarn install (yarn 1), in place of @azure/identity (resolutions)',
    app: 'swapped',
    platform: GNU,
    install: async ({ install, tool }) => {
      // Azure's newest packages ask for Node 22, and only yarn 1 refuses them on Node 20.
      await install([...node(tool('yarn/bin/yarn.js')), 'install', '--ignore-engines'])
      return node('app.cjs')
    },
  },
  {
    name: 'yarn install (yarn 4), in place of @azure/identity (resolutions)',
    app: 'swapped',
    platform: GNU,
    install: async (project) => {
      await withYarn(project, 'node-modules', ['install'])
      return node('app.cjs')
    },
  },
  {
    name: "npm ci in workspaces like LibreChat's",
    app: 'workspace',
    platform: GNU,
    install: async (project) => {
      await installLocked(project, [])
      return node('api/app.cjs')
    },
  },
  {
    name: 'npm install where musl is the only C library',
    app: 'chat',
    platform: 'linux-x64-musl',
    install: async ({ folder, install }) => {
      const inside = await makeMuslRoot(folder)
      await install(inside([MUSL_NPM, 'install', ...PACKAGES]))
      return inside(['app.cjs'])
    },
  },
]

/** @param {string[]} args */
const node = (...args) => [process.execPath, ...args]

/** @param {Project} project @param {string[]} args what the lock file is made with */
const installLocked = async ({ install }, args) => {
  await install([...npm(), 'install', '--package-lock-only', ...args])
  await install([...npm(), 'ci'])
  return node('app.cjs')
}

/** @param {Project} project @param {string} linker @param {string[]} args */
const withYarn = ({ folder, install, tool }, linker, args) => {
  // It says that the folder is a project, and not part of one further up.
  writeFileSync(join(folder, 'yarn.lock'), '')
  return install([...node(tool('@yarnpkg/cli-dist/bin/yarn.js')), ...args], {
    YARN_NODE_LINKER: linker,
  })
}
