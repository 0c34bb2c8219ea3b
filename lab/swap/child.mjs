/**
 * One app, run once. What came of it is the last line that it writes.
 *
 *     node child.mjs <name of the app>
 *
 * Its packages are those of the working directory.
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { APPS } from './apps/index.mjs'

/** @type {typeof import('./load.mjs')} the copy of it that is among those packages */
const { load } = await import(pathToFileURL(join(process.cwd(), 'load.mjs')).href)

/** @param {string} name */
const of = (name) => process.env[name] ?? ''

/**
 * The names of an error and of those that it is made of, each once, and the code of Entra ID in any of their messages.
 *
 * @param {any} error of any package
 * @returns {{ names: string[], code?: string, message: string }}
 */
const told = (error) => {
  const inner = [...(error.errors ?? []), error.originalError].filter(Boolean).map(told)
  const code = /AADSTS\d+/.exec(error.message)?.[0] ?? inner.find((it) => it.code)?.code
  const names = [...new Set([error.name, ...inner.flatMap((it) => it.names)])]
  return { names, code, message: error.message }
}

const app = APPS.find(({ name }) => name === process.argv[2])
if (!app) throw new Error(`There is no app ${process.argv[2]}.`)
const outcome = await app.run({ load, of }).then(
  (value) => ({ value }),
  (error) => ({ error: told(error) }),
)
process.stdout.write(`\n${JSON.stringify(outcome)}\n`, () => process.exit())
