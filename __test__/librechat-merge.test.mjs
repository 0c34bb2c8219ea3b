import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { patches } from '../cli/librechat/patches/index.mjs'
import { changed, original, refused, reverted } from './support/librechat-checkout.mjs'

/**
 * The lines that the change adds to a file, in groups that stand together.
 *
 * @param {string} before
 * @param {string} after
 */
const blocksOf = (before, after) => {
  const had = before.split('\n')
  /** @type {{ start: number, end: number }[]} */
  const blocks = []
  let at = 0
  for (const [index, line] of after.split('\n').entries()) {
    const last = blocks.at(-1)
    if (line === had[at]) at++
    else if (last?.end === index) last.end = index + 1
    else blocks.push({ start: index, end: index + 1 })
  }
  // A block between blank lines begins with its own one.
  const lines = after.split('\n')
  return blocks.map(({ start, end }) => {
    const slides = lines[end - 1] === '' && lines[start - 1] === ''
    return slides ? { start: start - 1, end: end - 1 } : { start, end }
  })
}

describe('a merge that moved the surroundings', () => {
  const after = changed(original)
  const sources = patches
    .filter((patch) => 'edits' in patch && patch.edits !== undefined)
    .map(({ path }) => path)

  /**
   * What upstream may put between our lines and what they stood below, or behind them.
   *
   * @param {string} path
   * @param {string} line
   * @param {number} index
   */
  const upstream = (path, line, index) =>
    path.endsWith('types/openai.ts')
      ? `  upstream${index}?: string;`
      : /^\s*\.\.\./.test(line)
        ? `    upstream${index}: true,`
        : `// upstream ${index}`

  for (const path of sources) {
    for (const where of ['above', 'below']) {
      test(`${where} our lines in ${path}`, () => {
        /** @type {{ start: number, end: number, text?: string[] }[]} */
        const blocks = blocksOf(original[path], after[path])
        assert.ok(blocks.length > 0)
        const merged = after[path].split('\n')
        const expected = []
        let at = 0
        for (const [index, { start, end }] of blocks.entries()) {
          const line = upstream(path, merged[start], index)
          const above = merged.slice(at, start)
          expected.push(...above, line)
          blocks[index].text =
            where === 'above' ? [line, ...merged.slice(start, end)] : [...merged.slice(start, end), line]
          at = end
        }
        expected.push(...merged.slice(at))
        const theirs = []
        at = 0
        for (const { start, end, text = [] } of blocks) {
          theirs.push(...merged.slice(at, start), ...text)
          at = end
        }
        theirs.push(...merged.slice(at))
        const files = { ...after, [path]: theirs.join('\n') }
        assert.deepEqual(changed(files), files, 'is in place')
        assert.equal(reverted(files)[path], expected.join('\n'), 'reverts to what upstream has')
        assert.deepEqual(changed(files, 'update'), changed({ ...after, [path]: expected.join('\n') }))
      })
    }
  }

  test('an anchor that upstream removed: reverted all the same', () => {
    const path = 'api/server/services/Files/Audio/STTService.js'
    const call = /const \[url, data, headers\] = strategy\.call\([^)]*\);/
    assert.match(after[path], call)
    const files = {
      ...after,
      [path]: after[path].replace(call, 'const { url, data, headers } = strategy.request();'),
    }
    assert.ok(
      refused(files).every(
        (problem) => problem.path === path && /is missing\. Restore it/.test(problem.message),
      ),
    )
    assert.equal(
      reverted(files)[path],
      original[path].replace(call, 'const { url, data, headers } = strategy.request();'),
    )
  })

  test('lines that came into another block are named', () => {
    const path = 'packages/api/src/endpoints/openai/initialize.ts'
    const own = '  if (useEntraId) {\n    applyEntraIdAuth(options);\n  }\n'
    assert.ok(after[path].includes(own))
    const files = {
      ...after,
      [path]: after[path].replace(own, '').replace('  return options;', `  {\n${own}  }\n  return options;`),
    }
    const [problem, ...others] = refused(files)
    assert.deepEqual(others, [])
    assert.match(
      problem.message,
      /^This line is not below `const options = getOpenAIConfig\(\);`\. Run with --update\.$/,
    )
    assert.equal(files[path].split('\n')[problem.line - 1], '  if (useEntraId) {')
    assert.equal(
      reverted(files)[path],
      original[path].replace('  return options;', '  {\n  }\n  return options;'),
    )
  })

  test('--update completes a change that a merge left in part', () => {
    for (const path of sources) {
      for (const { start, end } of blocksOf(original[path], after[path])) {
        const lines = after[path].split('\n')
        lines.splice(start, end - start)
        const files = { ...after, [path]: lines.join('\n') }
        assert.deepEqual(changed(files, 'update'), after, `${path}:${start}`)
      }
    }
  })

  test('--update changes nothing that is up to date', () => assert.deepEqual(changed(after, 'update'), after))
})
