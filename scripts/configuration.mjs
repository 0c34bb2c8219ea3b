/**
 * Writes docs/configuration.md: the variables that the code reads and the options that index.d.ts declares. What a
 * variable means is kept from the file; one without a meaning, and a meaning without a variable, are refused.
 *
 *     node scripts/configuration.mjs
 */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { markdownTable } from './support/markdown-table.mjs'
import { StepFailed, root, runIfMain, step } from './support/run.mjs'
import { readSection, writeSections } from './support/sections.mjs'

/** @typedef {import('./structure/javascript.mjs').AnyNode} AnyNode */

const DOCUMENT = 'docs/configuration.md'

/** How the Rust side reads a variable, and what that makes of it. */
const ACCESSORS = { text: 'text', exact: 'text', get: 'text', secret: 'secret', is_true: 'switch' }

/** @typedef {{ name: string, kind: string, place: string }} Variable */

export async function configuration() {
  const sections = await step('configuration in the documentation', async () => ({
    variables: variablesTable(new Map(toldRows().map(({ name, meaning }) => [name, meaning]))),
    options: await optionTables(),
  }))
  await writeSections(DOCUMENT, sections)
}

/** @returns {Variable[]} */
export function variables() {
  const rust = sources('core/src', '.rs').flatMap(({ path, text }) =>
    inRust(text.split('#[cfg(test)]')[0], path),
  )
  const javaScript = sources('lib', '.js').flatMap(({ path, text }) => inJavaScript(text, path))
  /** @type {Map<string, Variable>} */
  const byName = new Map()
  for (const variable of [...rust, ...javaScript, ...ofFamilies()]) {
    if (!byName.has(variable.name)) byName.set(variable.name, variable)
  }
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * The variables of a family, as `AZD_…`, of which the code reads each that is set: those that the document names.
 *
 * @returns {Variable[]}
 */
function ofFamilies() {
  const families = sources('core/src', '.rs').flatMap(({ path, text }) => {
    const lists = [...text.matchAll(/const ([A-Z_]+): \[&str; \d+\] =\s*\[([^\]]+)\]/g)]
    const read = lists.filter(([, constant]) => text.includes(`beginning_with(&${constant})`))
    return read.flatMap(([, , list]) =>
      [...list.matchAll(/"(\w+)"/g)].map(([, prefix]) => ({ prefix, place: path })),
    )
  })
  return toldRows().flatMap(({ name, kind }) => {
    const family = families.find(({ prefix }) => name.startsWith(prefix))
    return family ? [{ name, kind, place: family.place }] : []
  })
}

/**
 * @param {string} text
 * @param {string} place
 * @returns {Variable[]}
 */
function inRust(text, place) {
  const read = /variables\.(text|exact|get|secret|is_true)\("(\w+)"\)(\.map\(Secret::new\))?/g
  const single = [...text.matchAll(read)].map(([, accessor, name, wrapped]) => ({
    name,
    kind: wrapped ? 'secret' : ACCESSORS[/** @type {keyof typeof ACCESSORS} */ (accessor)],
    place,
  }))
  const lists = [...text.matchAll(/(?:first_set\(&?variables, &|root_files: )\[([^\]]+)\]/g)].flatMap(
    ([, list]) => [...list.matchAll(/"(\w+)"/g)].map(([, name]) => ({ name, kind: 'text', place })),
  )
  return [...single, ...lists]
}

/**
 * @param {string} text
 * @param {string} place
 * @returns {Variable[]}
 */
function inJavaScript(text, place) {
  const direct = [...text.matchAll(/variable\('([A-Z_]+)'\)/g)].map(([, name]) => name)
  const named = [...text.matchAll(/const ([A-Z]+) = '([A-Z_]+)'/g)]
    .filter(([, constant]) => new RegExp(`\\w\\(${constant}\\)`).test(text))
    .map(([, , name]) => name)
  const kindOf = (/** @type {string} */ name) => {
    if (text.includes(`isTrue(variable('${name}'))`)) return 'switch'
    return name.endsWith('_PLACEHOLDER') ? 'secret' : 'text'
  }
  return [...direct, ...named].map((name) => ({ name, kind: kindOf(name), place }))
}

/**
 * @param {string} folder
 * @param {string} ending
 */
function sources(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !/(^|\/)(tests|test_support|fuzzing)\b/.test(file))
    .toSorted()
    .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(root, folder, file), 'utf8') }))
}

function toldRows() {
  const rows = readSection(DOCUMENT, 'variables').matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| \[/gm)
  return [...rows].map(([, name, kind, meaning]) => ({ name, kind, meaning }))
}

/** @param {Map<string, string>} told */
function variablesTable(told) {
  const known = variables()
  const names = new Set(known.map(({ name }) => name))
  const silent = known.filter(({ name }) => !told.get(name)).map(({ name }) => name)
  const gone = [...told.keys()].filter((name) => !names.has(name))
  if (silent.length > 0) throw new StepFailed(`${DOCUMENT} says nothing of ${silent.join(', ')}`)
  if (gone.length > 0) throw new StepFailed(`${DOCUMENT} tells of ${gone.join(', ')}, which no code reads`)
  const rows = known.map(({ name, kind, place }) => [
    `\`${name}\``,
    kind,
    told.get(name) ?? '',
    `[${place}](../${place})`,
  ])
  return markdownTable(['variable', 'kind', 'meaning', 'read in'], rows)
}

async function optionTables() {
  // Its parser is there only once setup has installed it.
  const { parse } = await import('@babel/parser')
  /** @param {string} file */
  const optionsIn = (file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const { body } = parse(text, { sourceType: 'module', plugins: [['typescript', { dts: true }]] }).program
    return body
      .map((/** @type {AnyNode} */ it) => it.declaration)
      .filter((it) => it?.type === 'TSInterfaceDeclaration' && it.id.name.endsWith('Options'))
      .map((declared) => ({ declared, text }))
  }
  const interfaces = optionsIn('index.d.ts')
  if (interfaces.length === 0) throw new StepFailed('index.d.ts declares no options')
  const others = optionsIn('lib/identity.d.ts')
  // It grows while it is read, by what its members inherit.
  for (const { declared } of interfaces) {
    for (const { expression } of declared.extends ?? []) {
      const inherited = others.find((each) => each.declared.id.name === expression.name)
      if (inherited && !interfaces.includes(inherited)) interfaces.push(inherited)
    }
  }
  return interfaces
    .map(({ declared, text }) => {
      const rows = declared.body.body.flatMap((/** @type {AnyNode} */ member) => optionRows(member, text, ''))
      const inherited = (declared.extends ?? []).map((/** @type {AnyNode} */ it) => it.expression.name)
      const more = inherited.length === 0 ? [] : [`And those of \`${inherited.join('`, `')}\`.`, '']
      const head = [
        `### ${declared.id.name}`,
        '',
        ...more,
        '| option | type | meaning |',
        '| --- | --- | --- |',
      ]
      return [...head, ...rows].join('\n')
    })
    .join('\n\n')
}

/**
 * A member's row, and those of its own members behind it.
 *
 * @param {AnyNode} member
 * @param {string} text of the file
 * @param {string} prefix
 * @returns {string[]}
 */
function optionRows(member, text, prefix) {
  const { typeAnnotation: type } = member.typeAnnotation
  const name = `${prefix}${member.key.name}`
  const inner = type.type === 'TSTypeLiteral' ? type.members : []
  const shown = inner.length > 0 ? 'object' : text.slice(type.start, type.end).replaceAll('|', '\\|')
  const row = `| \`${name}\` | \`${shown}\` | ${sentence(member.leadingComments)} |`
  const told = inner.filter((/** @type {AnyNode} */ each) => each.leadingComments)
  return [row, ...told.flatMap((/** @type {AnyNode} */ each) => optionRows(each, text, `${name}.`))]
}

/** @param {{ value: string }[] | undefined} comments */
function sentence(comments) {
  const text = comments?.at(-1)?.value ?? ''
  return text
    .split('\n')
    .map((line) => line.replace(/^\s*\*+ ?/, '').trim())
    .join(' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll('|', '\\|')
    .trim()
}

await runIfMain(import.meta.url, configuration)
