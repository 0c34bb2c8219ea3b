import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { compileFunction } from 'node:vm'

import { foldSwitch } from '../cli/librechat/fold.mjs'
import { parseFile } from '../cli/librechat/syntax.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { original, filesIn, tool, withCheckout } from './support/librechat-checkout.mjs'
import { forks } from './support/librechat-forks.mjs'
import { ON, USERS, load } from './support/librechat-modules.mjs'
import { randomNumbers } from './support/random.mjs'

/**
 * Runs `fn` with a tree on the disk.
 *
 * @template Result
 * @param {Record<string, string>} tree
 * @param {(folder: string) => Result | Promise<Result>} fn
 */
const withTree = (tree, fn) =>
  withCheckout((folder) => {
    for (const path of ['api', 'packages']) rmSync(join(folder, path), { recursive: true })
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return fn(folder)
  })

/** Names that only the code of the pull requests has. */
const THEIRS =
  /createEntraId|getEntraIdAccessToken|validateEntraId|azureADTokenProvider|@azure\/identity|made-up/

for (const [what, fork] of Object.entries(forks)) {
  describe(`a LibreChat with Entra ID code of its own: ${what}`, () => {
    for (const mode of [[], ['--check'], ['--update']]) {
      test(`${mode[0] ?? 'apply'} is refused, with every line that is in the way`, () =>
        withTree(fork, async (folder) => {
          const { code, stdout, stderr } = await tool('librechat', folder, ...mode)
          assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
          assert.match(stderr, /^Nothing was changed\.\n\n/)
          assert.match(stderr, /^--migrate: Removes the Entra ID code/m)
          const named = [...stderr.matchAll(/^(\S+):(\d+): `(\w+)` is a name of the change\./gm)]
          assert.ok(named.length >= 3, stderr)
          for (const [, path, line, name] of named) {
            assert.ok(fork[path].split('\n')[Number(line) - 1].includes(name), `${path}:${line}`)
          }
          assert.deepEqual(filesIn(folder), fork)
        }))
    }

    test('--migrate takes it out and puts the change in', () =>
      withTree(fork, async (folder) => {
        const { code, stdout, stderr } = await tool('librechat', folder, '--migrate')
        assert.deepEqual([code, stderr], [0, ''])
        const after = filesIn(folder)
        const specs = Object.keys(fork).filter((path) => path.includes('.spec.') && !(path in original))
        for (const path of specs) {
          assert.ok(stdout.includes(`  ${path}\n`), stdout)
          assert.equal(after[path], fork[path])
        }
        for (const [path, text] of Object.entries(after)) {
          if (specs.includes(path) || path === '.env.example') continue
          assert.doesNotThrow(() => parseFile(text, path), path)
          assert.doesNotMatch(text, THEIRS, path)
          assert.doesNotMatch(text, /\n\n\n/, path)
          assert.match(text, /[^\n]\n$/, path)
        }
        assert.equal((await tool('librechat', folder, '--check')).code, 0)
        assert.equal((await tool('librechat', folder, '--migrate')).code, 0)
        assert.deepEqual(filesIn(folder), after, 'once is as good as twice')

        assert.equal((await tool('librechat', folder, '--revert')).code, 0)
        const reverted = filesIn(folder)
        assert.doesNotMatch(Object.values(reverted).join('\n'), /azure-openai-entra/)
        assert.equal((await tool('librechat', folder)).code, 0)
        assert.deepEqual(filesIn(folder), after, 'the revert is exact')
      }))

    test('what runs afterwards is the change', () =>
      withTree(fork, async (folder) => {
        await tool('librechat', folder, '--migrate')
        const after = filesIn(folder)
        const { initializeOpenAI } = load(after, 'packages/api/src/endpoints/openai/initialize.ts')
        const initialize = () =>
          initializeOpenAI({
            req: { user: { id: 'user' }, config: {} },
            endpoint: 'azureOpenAI',
            getUserKeyValues: async () => USERS,
          })
        const { llmConfig, configOptions } = await withEnvironment(ON, initialize)
        assert.equal(llmConfig.apiKey, 'placeholder')
        assert.deepEqual(configOptions, { fetch: 'keyless fetch' })
        await withEnvironment({}, () =>
          assert.rejects(initialize, { message: 'azureOpenAI API Key not provided.' }),
        )
        const { config } = await withEnvironment(ON, () =>
          load(after, 'api/server/services/Config/EndpointService.js'),
        )
        assert.equal(config.azureOpenAI.userProvide, false)
      }))
  })
}

test('a use that no switch decides is refused, with its line', () => {
  const path = 'api/server/services/Runs/methods.js'
  const fork = {
    ...forks.withHeader,
    [path]: forks.withHeader[path].replace(
      '  return response',
      '  log(getEntraIdAccessToken());\n  return response',
    ),
  }
  return withTree(fork, async (folder) => {
    const { code, stderr } = await tool('librechat', folder, '--migrate')
    assert.equal(code, 2)
    const line = fork[path].split('\n').findIndex((text) => text.includes('log(')) + 1
    assert.equal(
      stderr,
      `Nothing was changed.\n\n${path}:${line}: \`getEntraIdAccessToken\` is left here. Delete its use.\n`,
    )
    assert.deepEqual(filesIn(folder), fork)
  })
})

describe('a switch that is taken out', () => {
  /** @param {string} source */
  const folded = (source) => foldSwitch(source, 'file.js', 'isOn')
  for (const [what, before, after] of [
    ['with an else', 'if (isOn()) {\n  a();\n} else {\n  b();\n  c();\n}\n', 'b();\nc();\n'],
    ['negated', '  if (!isOn()) {\n    a();\n  } else {\n    b();\n  }\n', '  a();\n'],
    ['without an else', 'a();\n\n// Why.\nif (isOn()) {\n  b();\n}\n\nc();\n', 'a();\n\nc();\n'],
    ['in an else if', 'if (x) {\n  a();\n} else if (isOn()) {\n  b();\n}\n', 'if (x) {\n  a();\n}\n'],
    [
      'before an else',
      'if (x) {\n} else if (isOn()) {\n  b();\n} else {\n  c();\n}\n',
      'if (x) {\n} else {\n  c();\n}\n',
    ],
    ['in an expression', 'const a = isOn() ? one : two;\n', 'const a = two;\n'],
    ['with other conditions', 'if (x && !isOn()) {\n  a();\n}\n', 'if (x) {\n  a();\n}\n'],
    ['in a constant', 'const on = x && isOn();\n\nif (on) {\n  a();\n}\nb(on ? 1 : 2);\n', 'b(2);\n'],
    ['around constants', 'if (!isOn()) {\n  const a = 1;\n  b(a);\n}\n', '{\n  const a = 1;\n  b(a);\n}\n'],
    [
      'in a variable',
      'let on = isOn();\non = true;\nif (on) {\n  a();\n}\n',
      'let on = isOn();\non = true;\nif (on) {\n  a();\n}\n',
    ],
  ]) {
    test(what, () => assert.equal(folded(before), after))
  }

  test('leaves what runs with it off, in any code', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomNumbers(seed)
      const source = Array.from({ length: 3 }, () => statement(random, 3)).join('\n')
      const without = folded(source)
      assert.doesNotMatch(without, /isOn/, `seed ${seed}`)
      for (const x of [false, true]) {
        for (const y of [false, true])
          assert.deepEqual(trace(without, x, y), trace(source, x, y), `seed ${seed}`)
      }
    }
  })
})

/** @typedef {import('./support/random.mjs').Random} Random */

let steps = 0
/** @param {Random} random @param {number} depth @returns {string} */
const statement = (random, depth) => {
  const body = () =>
    `{\n${Array.from({ length: 1 + random(2) }, () => statement(random, depth - 1)).join('\n')}\n}`
  if (depth === 0 || random(3) === 0) return `step(${condition(random, 1)} ? ${steps++} : ${steps++});`
  if (random(4) === 0) return `{ const c${steps} = isOn() && x; step(c${steps} ? ${steps} : y, ${steps++}); }`
  const otherwise = [() => '', () => ` else ${body()}`, () => ` else if (${condition(random, 2)}) ${body()}`][
    random(3)
  ]()
  return `${random(2) ? '// Why.\n' : ''}if (${condition(random, 2)}) ${body()}${otherwise}`
}
/** @param {Random} random @param {number} depth @returns {string} */
const condition = (random, depth) => {
  const leaf = ['x', 'y', 'isOn()', '!isOn()'][random(4)]
  if (depth === 0) return leaf
  const operator = ['&&', '||'][random(2)]
  return `(${condition(random, depth - 1)} ${operator} ${leaf})`
}

/** What a program does with the switch off. @param {string} source @param {boolean} x @param {boolean} y */
const trace = (source, x, y) => {
  /** @type {unknown[][]} */
  const seen = []
  compileFunction(source, ['step', 'isOn', 'x', 'y'])(
    (/** @type {unknown[]} */ ...step) => seen.push(step),
    () => false,
    x,
    y,
  )
  return seen
}
