import { descendants, endOf, parse, startOf } from './syntax.mjs'

/**
 * @typedef {import('./syntax.mjs').Node} Node
 * @typedef {import('./syntax.mjs').AnyNode} AnyNode
 * @typedef {{ start: number, end: number, text: string }} Replacement
 */

/**
 * Takes a switch out of a file, as if it were always off: `if (isOn()) {…} else {…}` becomes what follows `else`.
 *
 * @param {string} source
 * @param {string} path
 * @param {string} name of the function that reads the switch
 */
export function foldSwitch(source, path, name) {
  for (;;) {
    const { program, comments } = parse(source, path)
    const known = constantsOf(program, name)
    const replacement = firstFold({ source, program, comments, name, known })
    if (replacement === undefined) return source
    source = replaced(source, replacement)
  }
}

/**
 * @param {string} source
 * @param {Replacement} replacement
 */
export function replaced(source, { start, end, text }) {
  return source.slice(0, start) + text + source.slice(end)
}

/**
 * The lines of a statement, with the comments above it and without leaving two blank lines.
 *
 * @param {string} source
 * @param {{ start: number, end: number }[]} comments
 * @param {Node} node
 * @returns {Replacement}
 */
export function removalOf(source, comments, node) {
  const next = source.indexOf('\n', endOf(node))
  let end = next === -1 ? source.length : next + 1
  let start = lineStart(source, startWithComments(source, comments, node))
  const around =
    source.slice(lineStart(source, startOf(node)), startOf(node)) + source.slice(endOf(node), end)
  if (around.trim() !== '') return { start: startOf(node), end: endOf(node), text: '' }

  const isBlank = (/** @type {string | undefined} */ line) => line === undefined || line.trim() === ''
  const isAfterBlank = isBlank(source.slice(0, start).split('\n').at(-2))
  if (isAfterBlank && end === source.length)
    start = Math.min(start, source.slice(0, start).trimEnd().length + 1)
  else if (isAfterBlank && isBlank(source.slice(end).split('\n', 1)[0])) {
    end = source.indexOf('\n', end) + 1 || source.length
  }
  return { start, end, text: '' }
}

/**
 * Constants of the file that only repeat the switch, such as `const useEntraId = shouldUseEntraId() && isAzure`.
 *
 * @param {Node} program
 * @param {string} name
 */
function constantsOf(program, name) {
  /** @type {Map<string, boolean>} */
  const known = new Map()
  const declared = new Set()
  for (const node of descendants(program)) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier') continue
    const value = declared.has(node.id.name) ? undefined : valueOf(node.init, name, known)
    declared.add(node.id.name)
    if (value === undefined) known.delete(node.id.name)
    else known.set(node.id.name, value)
  }
  for (const node of descendants(program)) {
    if (node.type === 'AssignmentExpression' && node.left.type === 'Identifier') known.delete(node.left.name)
  }
  return known
}

/**
 * @param {AnyNode} node
 * @param {string} name
 * @param {Map<string, boolean>} known
 * @returns {boolean | undefined} undefined if it depends on more than the switch
 */
function valueOf(node, name, known) {
  if (node?.type === 'CallExpression') return node.callee.name === name ? false : undefined
  if (node?.type === 'Identifier') return known.get(node.name)
  if (node?.type === 'UnaryExpression' && node.operator === '!') {
    const value = valueOf(node.argument, name, known)
    return value === undefined ? undefined : !value
  }
  if (node?.type !== 'LogicalExpression' || node.operator === '??') return undefined
  const sides = [valueOf(node.left, name, known), valueOf(node.right, name, known)]
  const decisive = node.operator === '||'
  if (sides.includes(decisive)) return decisive
  return sides.includes(undefined) ? undefined : !decisive
}

/**
 * @param {{ source: string, program: Node, comments: { start: number, end: number }[], name: string,
 *   known: Map<string, boolean> }} file
 * @returns {Replacement | undefined}
 */
function firstFold({ source, program, comments, name, known }) {
  const text = (/** @type {AnyNode} */ node) => source.slice(node.start, node.end)
  /** @type {Map<Node, Node>} */
  const ifBefore = new Map()
  for (const node of descendants(program)) {
    if (node.type === 'IfStatement') {
      if (node.alternate) ifBefore.set(node.alternate, node)
      const value = valueOf(node.test, name, known)
      if (value === undefined) continue
      const kept = value ? node.consequent : node.alternate
      const parent = /** @type {AnyNode} */ (ifBefore.get(node))
      if (parent !== undefined) {
        return kept
          ? { start: startOf(node), end: endOf(node), text: text(kept) }
          : { start: parent.consequent.end, end: endOf(node), text: '' }
      }
      if (!kept || (kept.type === 'BlockStatement' && kept.body.length === 0)) {
        return removalOf(source, comments, node)
      }
      const start = startWithComments(source, comments, node)
      return { start, end: endOf(node), text: unwrapped(source, kept, indentAt(source, startOf(node))) }
    }
    if (node.type === 'ConditionalExpression') {
      const value = valueOf(node.test, name, known)
      if (value === undefined) continue
      return { start: startOf(node), end: endOf(node), text: text(value ? node.consequent : node.alternate) }
    }
    if (node.type === 'LogicalExpression' && valueOf(node, name, known) === undefined) {
      const neutral = node.operator === '&&'
      if (node.operator === '??') continue
      const isNeutral = (/** @type {Node} */ side) => valueOf(side, name, known) === neutral
      if (isNeutral(node.left)) return { start: startOf(node), end: endOf(node), text: text(node.right) }
      if (isNeutral(node.right)) return { start: startOf(node), end: endOf(node), text: text(node.left) }
    }
    if (node.type === 'VariableDeclaration' && node.declarations.length === 1) {
      const { id } = node.declarations[0]
      if (id.type === 'Identifier' && known.has(id.name) && usesOf(program, id.name) === 1) {
        return removalOf(source, comments, node)
      }
    }
  }
  return undefined
}

/**
 * How often a name is in a file.
 *
 * @param {Node} program
 * @param {string} name
 */
export function usesOf(program, name) {
  const found = [...descendants(program)].filter((node) => node.type === 'Identifier' && node.name === name)
  // `{ name }` holds two identifiers in one place.
  return new Set(found.map(startOf)).size
}

/**
 * The statements of a block as they would stand in place of the block.
 *
 * @param {string} source
 * @param {AnyNode} block
 * @param {string} indent of the statement that the block belongs to
 */
function unwrapped(source, block, indent) {
  const text = source.slice(block.start, block.end)
  const declares = /^(VariableDeclaration|FunctionDeclaration|ClassDeclaration)$/
  const isScope = block.body?.some((/** @type {AnyNode} */ { type }) => declares.test(type))
  const isLong = [...descendants(block)].some(
    (node) => node.type === 'TemplateLiteral' && node.loc?.start.line !== node.loc?.end.line,
  )
  if (block.type !== 'BlockStatement' || isScope || isLong) return text
  const inner = text.slice(1, -1).trimEnd().split('\n').slice(1)
  const extra = inner[0].length - inner[0].trimStart().length - indent.length
  return inner
    .map((line) =>
      line.trim() === '' ? line : line.slice(Math.min(extra, line.length - line.trimStart().length)),
    )
    .join('\n')
    .trimStart()
}

/**
 * @param {string} source
 * @param {{ start: number, end: number }[]} comments
 * @param {Node} node
 */
function startWithComments(source, comments, node) {
  let start = startOf(node)
  for (const comment of comments.toReversed()) {
    if (comment.end > start) continue
    const between = source.slice(comment.end, start)
    const isAlone = source.slice(lineStart(source, comment.start), comment.start).trim() === ''
    // A documentation comment may stand above a blank line.
    const lineBreaks = source.startsWith('/**', comment.start) ? 2 : 1
    if (between.trim() !== '' || between.split('\n').length - 1 > lineBreaks || !isAlone) break
    start = comment.start
  }
  return start
}

/**
 * @param {string} source
 * @param {number} position
 */
const lineStart = (source, position) => source.lastIndexOf('\n', position - 1) + 1

/**
 * @param {string} source
 * @param {number} position
 */
function indentAt(source, position) {
  return /^[ \t]*/.exec(source.slice(lineStart(source, position), position))?.[0] ?? ''
}
