import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { environmentWith } from '../../testkit/environment.mjs'
import { run } from '../../scripts/support/run.mjs'

import { tool } from './registry.mjs'

/** @typedef {{ folder: string, origin: string, ca: string }} Fixture */

/**
 * A fresh project in a folder of its own, whose package managers know one registry and have nothing in any cache.
 *
 * @param {{ name: string, app?: string }} installer `app` is a folder whose files the project has
 * @param {Fixture} fixture
 */
export const makeProject = ({ name, app }, { folder: parent, origin, ca }) => {
  const folder = mkdtempSync(join(parent, 'project-'))
  const home = join(folder, '.home')
  mkdirSync(home)
  if (app) cpSync(app, folder, { recursive: true })
  else writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(folder, 'ca.pem'), ca)
  const settings = {
    HOME: home,
    USERPROFILE: home,
    npm_config_registry: origin,
    npm_config_cache: join(home, 'cache'),
    npm_config_store_dir: join(home, 'store'),
    YARN_CACHE_FOLDER: join(home, 'yarn'),
    YARN_NPM_REGISTRY_SERVER: origin,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
    // What has no lock file yet gets one, on CI too.
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    // By itself yarn 4 leaves alone what was published less than a day ago.
    YARN_NPM_MINIMAL_AGE_GATE: '0',
  }
  /** @param {string} label @param {string[]} command @param {Record<string, string>} [variables] */
  const work = (label, command, variables) =>
    run(label, command, {
      cwd: folder,
      env: { ...withoutNpm(environmentWith()), ...settings, ...variables },
      minutes: 5,
    })
  return {
    folder,
    tool,
    settings,
    /** @param {string[]} command @param {Record<string, string>} [variables] */
    install: (command, variables) => work(`installing: ${name}`, command, variables),
    /** @param {string[]} command @param {Record<string, string>} [variables] */
    build: (command, variables) => work(`building: ${name}`, command, variables),
  }
}

/** npm tells those it runs how it is set up. @param {NodeJS.ProcessEnv} environment */
const withoutNpm = (environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^npm_/i.test(name)))
