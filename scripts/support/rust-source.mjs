/** Rust source, as far as the checks of the repository read it. */

/** Comments and literals, which can hold anything. (Lifetimes are no literals.) */
const OPAQUE = /\/\/[^\n]*|\/\*[^]*?\*\/|b?r(#*)"[^]*?"\1|b?"(?:\\[^]|[^"\\])*"|b?'(?:\\(?:'|[^']+)|[^'\\])'/g
const FOR_TESTS = /#\[cfg\((?:(?:all|any)\()?test\b[^\]]*\]/
const DECLARED_MODULE = /\bmod\s+(\w+)\s*;/

/**
 * The code that runs outside tests, and the names of the modules that a `#[cfg(test)] mod name;` declares.
 *
 * @param {string} source
 */
export function withoutTests(source) {
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
