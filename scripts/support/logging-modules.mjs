/** Which modules of the crate log, read off their source. */

import { readFileSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'

import { withoutTests } from './rust-source.mjs'

const CRATE = 'azure_openai_entra'
const LOGS = /\b(?:tracing::event|trace|debug|info|warn|error)!\s*[([{]/
/**
 * The targets that the crate's events carry, one for each module that logs outside its tests.
 *
 * @param {string} source the crate's `src` folder
 */
export function loggingModules(source) {
  const names = /** @type {string[]} */ (readdirSync(source, { recursive: true }))
  const files = names
    .filter((name) => name.endsWith('.rs'))
    .map((name) => {
      const { code, testModules } = withoutTests(readFileSync(join(source, name), 'utf8'))
      const target = targetOf(name.split(sep))
      return {
        target,
        logs: LOGS.test(code),
        testModules: testModules.map((module) => `${target}::${module}`),
      }
    })
  const forTests = files.flatMap((file) => file.testModules)
  const isForTests = (/** @type {string} */ target) =>
    forTests.some((module) => target === module || target.startsWith(`${module}::`))
  return files
    .filter((file) => file.logs && !isForTests(file.target))
    .map((file) => file.target)
    .toSorted()
}

/** @param {string[]} path of a source file, below `src` */
function targetOf(path) {
  const modules = [...path.slice(0, -1), path[path.length - 1].replace(/\.rs$/, '')]
  if (['mod', 'lib'].includes(modules[modules.length - 1])) modules.pop()
  return [CRATE, ...modules].join('::')
}
