import { foldSwitch, removalOf, replaced, usesOf } from './fold.mjs'
import { Refusal } from './refusal.mjs'
import { descendants, lineOf, parse } from './syntax.mjs'

/**
 * What takes the place of a file: undefined means that the file goes.
 *
 * @typedef {import('./syntax.mjs').AnyNode} AnyNode
 * @typedef {Map<string, string | undefined>} Replacements
 */

const SWITCH = 'shouldUseEntraId'
const FUNCTIONS = [
  SWITCH,
  'createEntraIdCredential',
  'createEntraIdAzureOptions',
  'getEntraIdAccessToken',
  'validateEntraIdConfiguration',
]

/** Names that no file has once the code is out. */
const GONE = [...FUNCTIONS, 'azureCredential', 'azureADTokenProvider']

const TEST = /\.(spec|test)\.[jt]sx?$|\/__tests__\/|\/test\//

/**
 * Takes out the Entra ID code of LibreChat's pull requests 9640 and 11041, and of forks that are made in their manner:
 * what runs with the switch on goes, what runs with it off stays.
 *
 * @param {{ list: () => string[], read: (path: string) => string | undefined }} checkout
 * @returns {{ files: Replacements, tests: string[] }} and the tests that are about that code
 * @throws {Refusal} with what is left and has to be deleted by hand
 */
export function takeOutPullRequests(checkout) {
  /** @type {Replacements} */
  const files = new Map()
  /** @type {string[]} */
  const tests = []
  for (const path of checkout.list()) {
    const source = checkout.read(path) ?? ''
    if (!isOfPullRequest(source)) continue
    if (TEST.test(path)) tests.push(path)
    else files.set(path, withoutPullRequest(source, path))
  }
  const folders = new Map([...files].flatMap(([path, text]) => (text === undefined ? [moduleOf(path)] : [])))
  for (const [folder, module] of folders) {
    const path = `${folder}/index.ts`
    const source = files.get(path) ?? checkout.read(path)
    if (source !== undefined) files.set(path, withoutExport(source, path, `./${module}`))
  }
  const problems = [...files].flatMap(([path, text]) => (text === undefined ? [] : leftOver(text, path)))
  if (problems.length > 0) throw new Refusal(problems)
  return { files, tests }
}

/**
 * Whether a file has names of the pull requests. A file that imports this package is this tool's.
 *
 * @param {string} source
 */
export function isOfPullRequest(source) {
  return GONE.some((name) => source.includes(name)) && !source.includes('azure-openai-entra')
}

/**
 * @param {string} path
 * @returns {[folder: string, name: string]}
 */
function moduleOf(path) {
  const at = path.lastIndexOf('/')
  return [path.slice(0, at), path.slice(at + 1).replace(/\.[jt]s$/, '')]
}

/**
 * @param {string} original
 * @param {string} path
 * @returns {string | undefined} undefined if nothing but imports is left
 */
function withoutPullRequest(original, path) {
  let source = foldSwitch(original, path, SWITCH)
  const before = parse(original, path).program
  for (;;) {
    const { program, comments } = parse(source, path)
    const wasUsed = (/** @type {string} */ name) => usesOf(before, name) > 1 && usesOf(program, name) === 1
    const replacement = firstRemoval(source, program, comments, wasUsed)
    if (replacement === undefined) {
      const body = /** @type {AnyNode} */ (program).body
      return body.every((/** @type {AnyNode} */ { type }) => type === 'ImportDeclaration')
        ? undefined
        : source
    }
    source = replaced(source, replacement)
  }
}

/**
 * @param {string} source
 * @param {import('./syntax.mjs').Node} program
 * @param {{ start: number, end: number }[]} comments
 * @param {(name: string) => boolean} isIdle whether an import has lost its last use
 */
function firstRemoval(source, program, comments, isIdle) {
  for (const node of descendants(program)) {
    if (
      node.type === 'ExportNamedDeclaration' ||
      node.type === 'VariableDeclaration' ||
      node.type === 'FunctionDeclaration'
    ) {
      if (namesOf(node).some((name) => FUNCTIONS.includes(name))) return removalOf(source, comments, node)
    }
    if (node.type === 'TSPropertySignature' && namesOf(node).includes('azureCredential')) {
      return removalOf(source, comments, node)
    }
    for (const { entries, nameOf } of listsOf(node)) {
      const index = entries.findIndex((entry) => {
        const name = nameOf(entry)
        return name !== undefined && (FUNCTIONS.includes(name) || isIdle(name))
      })
      if (index === -1) continue
      if (entries.length === 1) return removalOf(source, comments, node)
      const { start, end } = entries[index]
      return index + 1 < entries.length
        ? { start, end: entries[index + 1].start, text: '' }
        : { start: entries[index - 1].end, end, text: '' }
    }
  }
  return undefined
}

/**
 * The names that a statement or a member of a type declares as a whole.
 *
 * @param {AnyNode} node
 * @returns {string[]}
 */
function namesOf(node) {
  if (node.type === 'ExportNamedDeclaration') return node.declaration ? namesOf(node.declaration) : []
  if (node.type === 'TSPropertySignature') return [node.key.name]
  if (node.type === 'FunctionDeclaration') return [node.id?.name]
  return node.declarations?.length === 1 ? [node.declarations[0].id.name] : []
}

/**
 * The lists of names that a statement brings in from elsewhere.
 *
 * @param {AnyNode} node
 * @returns {{ entries: AnyNode[], nameOf: (entry: AnyNode) => string | undefined }[]}
 */
function listsOf(node) {
  if (node.type === 'ImportDeclaration' && node.specifiers.length > 0) {
    return [{ entries: node.specifiers, nameOf: ({ local }) => local.name }]
  }
  const [declarator] = node.type === 'VariableDeclaration' ? node.declarations : []
  if (declarator?.id.type !== 'ObjectPattern' || declarator.init?.callee?.name !== 'require') return []
  return [{ entries: declarator.id.properties, nameOf: ({ value }) => value?.name }]
}

/**
 * @param {string} source
 * @param {string} path
 * @param {string} module
 */
function withoutExport(source, path, module) {
  const { program, comments } = parse(source, path)
  const found = [...descendants(program)].find(
    (node) => node.type === 'ExportAllDeclaration' && node.source.value === module,
  )
  return found === undefined ? source : replaced(source, removalOf(source, comments, found))
}

/**
 * @param {string} source
 * @param {string} path
 */
function leftOver(source, path) {
  return [...descendants(parse(source, path).program)].flatMap((node) =>
    node.type === 'Identifier' && GONE.includes(node.name)
      ? [{ path, line: lineOf(node), message: `\`${node.name}\` is left here. Delete its use.` }]
      : [],
  )
}
