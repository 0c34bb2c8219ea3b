import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { unexplained } from '../scripts/any.mjs'

describe('the check of reasons for any', () => {
  for (const [source, lines] of /** @type {[string, number[]][]} */ ([
    ['/** @type {any} */', [1]],
    ['/** @type {any} JSON */', []],
    ['/** @param {any} body */', [1]],
    ['/** @param {any} body JSON */', []],
    ['/** @param {any} [body] */', [1]],
    ['/** Reads it. @param {any} body @returns {string} the text */', [1]],
    ['/**\n * @param {any} body\n * @param {string} name of it\n */', [2]],
    [
      '/**\n * @param {{\n *   read: (body: any) => { text: string },\n * }} reader\n *   any, because JSON\n */',
      [],
    ],
    ['/**\n * @param {{\n *   read: (body: any) => { text: string },\n * }} reader\n */', [2]],
    ['/** @typedef {Map<string, any[]>} Lists */', [1]],
    ['/** @type {Company} */', []],
    ['// in any case\n/** For any caller. @type {string} */', []],
  ]))
    test(JSON.stringify(source), () => assert.deepEqual(unexplained(source), lines))
})
