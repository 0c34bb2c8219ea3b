/**
 * Fails if a JSDoc type is `any` and its comment does not say why.
 *
 *     node scripts/any.mjs
 *
 * The reason stands behind the tag: `@param {any} body JSON`.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'

/** LibreChat's source is not ours, and this check's test quotes what it finds. */
const FILES = ['*.js', '*.cjs', '*.mjs', ':(exclude)__test__/librechat', ':(exclude)__test__/any.test.mjs']

/** Tags whose type is followed by a name. */
const NAMED = /^(?:param|typedef|property|callback)$/

/**
 * The lines of `source` whose `any` has no reason.
 *
 * @param {string} source
 * @returns {number[]}
 */
export function unexplained(source) {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) =>
    tagsOf(comment)
      .filter(({ type, reason }) => /\bany\b/.test(type) && !/\w/.test(reason))
      .map(({ at }) => source.slice(0, index + at).split('\n').length),
  )
}

/** The tags of a comment that have a type. @param {string} comment */
function tagsOf(comment) {
  const starts = [...comment.matchAll(/@(\w+)\s+\{/g)]
  return starts.map(({ 0: start, 1: tag, index }, nth) => {
    const open = index + start.length - 1
    const close = closing(comment, open)
    const text = comment.slice(close + 1, starts[nth + 1]?.index).replace(/@[\s\S]*|\*\/$/, '')
    return {
      at: index,
      type: comment.slice(open, close),
      reason: NAMED.test(tag) ? text.replace(/^[\s*]*(?:\[[^\]]*\]|[\w.]+)/, '') : text,
    }
  })
}

/** The place of the brace that closes the one at `open`. @param {string} text @param {number} open */
function closing(text, open) {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth += 1
    if (text[at] === '}') depth -= 1
    if (depth === 0) return at
  }
  return text.length
}

export async function reasons() {
  const files = (await run('files', ['git', 'ls-files', ...FILES])).trim().split('\n')
  const found = await step('reasons for any', () =>
    files.flatMap((file) =>
      unexplained(readFileSync(join(root, file), 'utf8')).map((line) => `${file}:${line}`),
    ),
  )
  if (found.length > 0)
    throw new StepFailed(`Say why the type is any, behind the tag, or name the type:\n${found.join('\n')}`)
}

await runIfMain(import.meta.url, reasons)
