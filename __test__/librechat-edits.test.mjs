import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import * as entra from 'azure-openai-entra'

import { patches } from '../cli/librechat/patches/index.mjs'
import { descendants, find, parseFile } from '../cli/librechat/syntax.mjs'
import { changed, original, refused, reverted } from './support/librechat-checkout.mjs'
import { randomNumbers } from './support/random.mjs'

/** Every place that the change is anchored to, with where that is. */
const anchors = patches.flatMap((/** @type {any} with edits or without */ { path, edits = [] }) =>
  edits.map((/** @type {{ after: string | string[] }} */ { after }) => {
    const patterns = [after].flat()
    const ranges = []
    /** @type {any} whatever is found */
    let node = parseFile(original[path], path).program
    for (const pattern of patterns) {
      node = find(node, pattern, path)[0]
      ranges.push({ pattern, start: node.start, end: node.end, line: node.loc.start.line })
    }
    return { path, outer: ranges[0], inner: ranges.at(-1) }
  }),
)

/** @param {string} path @param {(source: string) => string} change */
const edit = (path, change) => ({ ...original, [path]: change(original[path]) })

describe('what the change is anchored to', () => {
  test('is found for every place', () => assert.ok(anchors.length >= 30))

  for (const { path, inner } of anchors) {
    test(`missing: ${path}: ${inner.pattern}`, () => {
      const without = edit(path, (source) => source.slice(0, inner.start) + source.slice(inner.end))
      const problems = refused(without)
      assert.deepEqual([...new Set(problems.map((problem) => problem.path))], [path])
      assert.ok(problems.every(({ line }) => line >= 1))
      // Some leave a hole that is no syntax any more.
      assert.match(problems[0].message, /is missing\. Restore it|^This file does not parse\. /)
    })
  }

  for (const { path, outer } of anchors) {
    test(`twice: ${path}: ${outer.pattern}`, () => {
      const text = original[path].slice(outer.start, outer.end)
      // The same name cannot be declared twice in one block, nor anything be imported within one.
      const again = /^(import|export|interface)\b/.test(text)
        ? text.replace(/\{[^}]*\}/, '{}')
        : `{ ${text} }`
      const twice = edit(
        path,
        (source) => `${source.slice(0, outer.end)}\n${again}${source.slice(outer.end)}`,
      )
      const found = refused(twice).filter(({ message }) => message.startsWith(`\`${outer.pattern}\``))
      assert.equal(found.length, 1)
      assert.equal(found[0].path, path)
      assert.equal(found[0].line, outer.line)
      assert.match(found[0].message, new RegExp(`is here 2 times, in lines ${outer.line}, \\d+\\.`))
    })
  }
})

describe('a foreign file', () => {
  for (const { what, path, source, expected } of [
    {
      what: 'a syntax error',
      path: 'api/server/services/Runs/methods.js',
      source: "'use strict'\n\nfunction ( {\n",
      expected: { line: 3, message: /^This file does not parse\. Correct its syntax\. Unexpected token/ },
    },
    {
      what: 'a key for a name',
      path: 'api/server/services/Runs/methods.js',
      source: `const ey${'JhbGciOi'} = 1\nconst ey${'JhbGciOi'} = 2\n`,
      expected: {
        line: 2,
        message: /^This file does not parse\. Correct its syntax\. Identifier '\[redacted\]'/,
      },
    },
    {
      what: 'invalid JSON',
      path: 'packages/api/package.json',
      source: '{\n  "name": \n}\n',
      expected: { line: 3, message: /^This file does not parse\. Correct its syntax\. Unexpected token/ },
    },
    {
      what: 'no list of dependencies',
      path: 'packages/api/package.json',
      source: '{ "name": "@librechat/api" }\n',
      expected: { line: 1, message: /^There are no peerDependencies\. Restore LibreChat's\.$/ },
    },
    {
      what: 'a file of the same name',
      path: 'packages/api/src/utils/entraId.ts',
      source: 'export const ours = true;\n',
      expected: { line: 1, message: /^This file exists, and this tool did not write it\./ },
    },
    {
      what: 'the package, used in another way',
      path: 'packages/api/src/utils/azure.ts',
      source: `${original['packages/api/src/utils/azure.ts']}\nexport * from 'azure-openai-entra';\n`,
      expected: {
        line: 2,
        message: /^A part of the change is missing: .* below this line\. Run with --update\.$/,
      },
    },
  ]) {
    test(what, () => {
      const [problem, ...others] = refused({ ...original, [path]: source })
      assert.deepEqual(others, [])
      assert.equal(problem.path, path)
      assert.equal(problem.line, expected.line)
      assert.match(problem.message, expected.message)
    })
  }

  test('all that stands in the way is told at once', () => {
    const files = { ...original, 'packages/api/src/utils/index.ts': '', 'api/package.json': '{}' }
    assert.deepEqual(
      refused(files).map(({ path }) => path),
      ['packages/api/src/utils/index.ts', 'api/package.json'],
    )
  })
})

test('every value that the change takes from this package is one of its own', () => {
  const taken = Object.entries(changed(original))
    .filter(([path]) => /\.[jt]s$/.test(path))
    .flatMap(([path, text]) => [...descendants(parseFile(text, path).program)])
    .flatMap((/** @type {any} of any type */ node) => {
      if (node.source?.value === 'azure-openai-entra' && node.importKind !== 'type')
        return node.specifiers.map(
          (/** @type {any} as above */ { imported, local }) => (imported ?? local).name,
        )
      const isRequired = node.init?.arguments?.[0]?.value === 'azure-openai-entra'
      return isRequired ? node.id.properties.map((/** @type {any} as above */ { key }) => key.name) : []
    })
  assert.ok(new Set(taken).size >= 6, `${taken}`)
  for (const name of taken) assert.ok(name in entra, name)
})

describe('the change and its inverse', () => {
  /** @param {string[]} paths */
  const without = (...paths) =>
    Object.fromEntries(Object.entries(original).filter(([path]) => !paths.includes(path)))
  /** @param {(text: string) => string} change */
  const each = (change) =>
    Object.fromEntries(Object.entries(original).map(([path, text]) => [path, change(text)]))

  for (const [what, files] of Object.entries(
    /** @type {Record<string, Record<string, string>>} */ ({
      'as it is': original,
      'of a newer version': without(
        'api/server/services/Endpoints/openAI/initialize.js',
        'api/app/clients/OpenAIClient.js',
      ),
      'with CRLF': each((text) => text.replaceAll('\n', '\r\n')),
      'without the last line break': each((text) => text.trimEnd()),
      'with a byte order mark': each((text) => (text.startsWith('{') ? text : `\ufeff${text}`)),
      'with tabs': each((text) => text.replaceAll('  ', '\t')),
      'with another dependency before and none behind': {
        ...original,
        'api/package.json': '{ "dependencies": { "axios": "^1.12.1" } }',
      },
      'with no dependency before': {
        ...original,
        'api/package.json': '{ "dependencies": { "openai": "5.8.2" } }',
      },
    }),
  )) {
    test(what, () => {
      const after = changed(files)
      for (const { path } of patches.filter((patch) => patch.path in files)) {
        assert.notEqual(after[path], files[path], path)
        assert.doesNotThrow(() => parseFile(after[path], path))
      }
      assert.deepEqual(changed(after), after, 'once is as good as twice')
      assert.deepEqual(reverted(after), files)
      assert.deepEqual(reverted(files), files, 'without a change there is nothing to undo')
    })
  }

  test('lines end as they do in the file', () => {
    const files = each((text) => text.replaceAll('\n', '\r\n'))
    for (const [path, text] of Object.entries(changed(files))) {
      assert.equal(text.split('\n').length, text.split('\r\n').length, path)
    }
  })

  test('with other edits, before and afterwards', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomNumbers(seed)
      const edited = each((text) => withComments(text, random))
      assert.deepEqual(reverted(changed(edited)), edited, `seed ${seed}`)
      const after = changed(original)
      const later = Object.fromEntries(
        Object.entries(after).map(([path, text]) => [
          path,
          path in original ? `${text}\n// ${seed}\n` : text,
        ]),
      )
      delete later['api/package.json']
      delete later['packages/api/package.json']
      for (const [path, text] of Object.entries(reverted(later))) {
        assert.equal(text, `${original[path]}\n// ${seed}\n`, path)
      }
    }
  })

  test('a comment stays in the line that it was in', () => {
    const path = 'packages/api/src/endpoints/openai/initialize.ts'
    const after = changed(original)[path]
    assert.match(
      after,
      /endpoint\); \/\/ with its own defaults\n {2}if \(useEntraId\) \{\n {4}applyEntraIdAuth\(options\);/,
    )
  })

  test('an edited part is neither added to nor taken out', () => {
    const path = 'packages/api/src/endpoints/openai/initialize.ts'
    const after = changed(original)
    const edited = { ...after, [path]: after[path].replace('!userProvidesURL && ', '') }
    const line =
      edited[path].split('\n').findIndex((text) => text.startsWith('  if (isAzureOpenAI && azureConfig)')) + 1
    for (const attempt of [changed, reverted]) {
      assert.throws(() => attempt(edited), {
        message: `${path}:${line}: A part of the change is missing: \`const useEntraId =\` below this line. Run with --update.`,
      })
    }
  })

  test('a raised version of the dependency is taken out too', () => {
    const path = 'api/package.json'
    const after = changed(original)
    const raised = { ...after, [path]: after[path].replace('^1.2.3', '~1.9.0') }
    assert.notEqual(raised[path], after[path])
    assert.deepEqual(reverted(raised), original)
  })
})

describe("an entry of the checkout's own", () => {
  const path = 'api/package.json'
  for (const value of [
    'file:../entra',
    'link:../entra',
    'workspace:*',
    '*',
    'latest',
    'npm:entra@^1.0.0',
    'entra/entra#v1',
    'https://entra.example/entra.tgz',
  ]) {
    for (const before of Object.keys(JSON.parse(original[path]).dependencies)) {
      test(`${value} above ${before} is kept`, () => {
        const own = original[path].replace(
          `"${before}"`,
          `"azure-openai-entra": "${value}",\n    "${before}"`,
        )
        assert.notEqual(own, original[path])
        const after = changed({ ...original, [path]: own })
        assert.equal(after[path], own)
        assert.equal(reverted(after)[path], own)
        assert.equal(changed(after, 'update')[path], own)
      })
    }
  }

  for (const path of ['api/package.json', 'packages/api/package.json']) {
    test(`sorted by npm, ours is taken out of ${path} all the same`, () => {
      const section = path.startsWith('api') ? 'dependencies' : 'peerDependencies'
      const parsed = JSON.parse(changed(original)[path])
      for (const names of [
        Object.keys(parsed[section]).toSorted(),
        Object.keys(parsed[section]).toSorted().toReversed(),
      ]) {
        const sorted = {
          ...parsed,
          [section]: Object.fromEntries(names.map((name) => [name, parsed[section][name]])),
        }
        const text = `${JSON.stringify(sorted, undefined, 2)}\n`
        delete sorted[section]['azure-openai-entra']
        const files = { ...changed(original), [path]: text }
        assert.equal(reverted(files)[path], `${JSON.stringify(sorted, undefined, 2)}\n`)
        assert.deepEqual(changed(files), files)
      }
    })
  }
})

describe('a name of the change that is taken', () => {
  const path = 'packages/api/src/endpoints/openai/initialize.ts'
  for (const { what, from, to, name } of [
    {
      what: 'a local constant',
      from: '  let apiKey =',
      to: '  const useEntraId = true;\n  let apiKey =',
      name: 'useEntraId',
    },
    {
      what: 'a constant of the module',
      from: '/** Puts',
      to: 'const applyEntraIdAuth = 1;\n/** Puts',
      name: 'applyEntraIdAuth',
    },
    {
      what: 'a parameter',
      from: '{ req, endpoint,',
      to: '{ req, shouldUseEntraId, endpoint,',
      name: 'shouldUseEntraId',
    },
    {
      what: 'an import',
      from: 'import { getAzureCredentials,',
      to: 'import { shouldUseEntraId, getAzureCredentials,',
      name: 'shouldUseEntraId',
    },
    {
      what: 'a use of a global',
      from: '  return options;',
      to: '  console.log(useEntraId);\n  return options;',
      name: 'useEntraId',
    },
  ]) {
    for (const mode of /** @type {const} */ (['apply', 'check', 'update'])) {
      test(`${what}: ${mode}`, () => {
        const source = original[path].replace(from, to)
        assert.notEqual(source, original[path])
        const problems = refused({ ...original, [path]: source }, mode).filter(
          (problem) => problem.path !== '--migrate',
        )
        assert.ok(problems.length > 0)
        for (const { path: where, line, message } of problems) {
          assert.equal(where, path)
          assert.match(
            message,
            new RegExp(`^\`${name}\` is a name of the change\\. Delete or rename this one`),
          )
          assert.ok(source.split('\n')[line - 1].includes(name))
        }
      })
    }
  }

  test('in another function it does not matter', () => {
    const source = `${original[path]}\nexport const other = (useEntraId: boolean) => !useEntraId;\n`
    const files = { ...original, [path]: source }
    assert.deepEqual(reverted(changed(files)), files)
  })
})

/**
 * Puts comments behind and below some of the lines that end a statement.
 *
 * @param {string} text
 * @param {import('./support/random.mjs').Random} random
 */
const withComments = (text, random) =>
  text
    .split('\n')
    .map((line) => {
      if (!line.endsWith(';') || random(2) === 0) return line
      return random(2) === 0 ? `${line} // why` : `${line}\n\n/* what\n comes next */`
    })
    .join('\n')
