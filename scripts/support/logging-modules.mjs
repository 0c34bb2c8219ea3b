/** Which modules of the crate log, read off their source. */

import { readFileSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'

const CRATE = 'azure_openai_entra'
const LOGS = /\b(?:tracing::event|trace|debug|info|warn|error)!\s*[([{]/
/** Comments and literals, which can hold anything. (Lifetimes are no literals.) */
const OPAQUE = /\/\/[^\n]*|\/\*[^]*?\*\/|b?r(#*)"[^]*?"\1|b?"(?:\\[^]|[^"\\])*"|b?'(?:\\(?:'|[^']+)|[^'\\])'/g
const FOR_TESTS = /#\[cfg\((?:all\()?test\b[^\]]*\]/
const DECLARED_MODULE = /\bmod\s+(\w+)\s*;/

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

/**
 * The code that runs outside tests, and the names of the modules that a `#[cfg(test)] mod name;` declares.
 *
 * @param {string} source
 */
function withoutTests(source) {
  let rest = source.replace(OPAQUE, ' ')
  let code = ''
  const testModules = []
  for (let found = FOR_TESTS.exec(rest); found; found = FOR_TESTS.exec(rest)) {
    code += rest.slice(0, found.index)
    rest = rest.slice(found.index + found[0].length)
    const end = endOfItem(rest)
    testModules.push(DECLARED_MODULE.exec(rest.slice(0, end))?.[1] ?? [])
    rest = rest.slice(end)
  }
  return { code: code + rest, testModules: testModules.flat() }
}

/**
 * Where the first item of `code` ends: at its semicolon or after its braces.
 *
 * @param {string} code
 */
function endOfItem(code) {
  let depth = 0
  for (let at = 0; at < code.length; at++) {
    if ('([{'.includes(code[at])) depth++
    if (')]}'.includes(code[at])) depth--
    if (depth === 0 && (code[at] === ';' || code[at] === '}')) return at + 1
  }
  return code.length
}
