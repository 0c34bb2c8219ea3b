import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { offencesOf } from '../scripts/words.mjs'
import { RULES } from '../scripts/words/rules.mjs'

/** What a rule finds, and the same said as it should be. */
const EXAMPLES = {
  actor: [
    ['Nobody waits.', 'No caller waits.'],
    ['Whoever asks gets it.', 'Every caller gets it.'],
    ['A token is shared by all who wait.', 'All waiting callers share the token.'],
    ['Who controls DNS can do it.', 'An attacker who controls DNS can do it.'],
    ['It is not one that serves.', 'It is not the one that serves.'],
  ],
  condition: [
    ['Where a token is held, it serves.', 'If a token is held, it serves.'],
    ['The status, where there is one.', 'Where the agent keeps its keys.'],
    ['It fails where the file is missing or empty.', 'Run it where the app runs.'],
  ],
  alone: [
    ['Roles of the app alone.', 'Only roles of the app. `--alone` is an option. It leaves the file alone.'],
  ],
  because: [
    ['Ask again, for it may serve now.', 'Ask again, because it may serve now.'],
    ['Check it, for the name is not proven.', 'A list, for the request that needs it.'],
  ],
  existence: [
    ['A key, for want of a token.', 'A key, because no token is available.'],
    ['There is none.', 'None is set.'],
    ['A token was had.', 'The source gave a token.'],
  ],
  dated: [['It is fetched anew.', 'It is fetched again.']],
  permission: [['An identity that may.', 'An identity that may read the file.']],
}

describe('the rules for words', () => {
  test('have an example each', () => {
    assert.deepEqual(
      Object.keys(EXAMPLES),
      RULES.map(({ name }) => name),
    )
  })

  for (const [name, examples] of Object.entries(EXAMPLES)) {
    for (const [offence, better] of examples) {
      test(`${name}: “${offence}” is found, “${better}” is not`, () => {
        assert.ok(rulesBrokenBy('page.md', offence).includes(name))
        assert.ok(!rulesBrokenBy('page.md', better).includes(name))
      })
    }
  }
})

describe('the words that are read', () => {
  const found = /** @type {[string, string, string][]} */ ([
    ['a comment of JavaScript', 'a.mjs', '// Nobody waits.\n'],
    ['a string of JavaScript', 'a.mjs', "throw new Error('nobody waits')\n"],
    ['a template of JavaScript', 'a.mjs', 'throw new Error(`${count}: nobody waits`)\n'],
    ['a comment of a declaration', 'a.d.ts', '/** Nobody waits. */\nexport function f(): void\n'],
    ['a comment of Rust', 'a.rs', "fn f<'a>(it: &'a str) {}\n/// Nobody waits.\n"],
    ['a string of Rust', 'a.rs', 'let quote = b\'"\';\nfail("nobody waits");\n'],
    ['a raw string of Rust', 'a.rs', 'fail(r#"nobody "waits""#);\n'],
    ['a comment of TOML', 'a.toml', 'a = 1 # Nobody waits.\n'],
    ['a description of Terraform', 'a.tf', 'description = "Nobody waits."\n'],
    ['a sentence over two lines of a comment', 'a.rs', '/// Served where\n    /// it is held.\n'],
  ])
  for (const [what, file, source] of found) {
    test(`${what}: found, with its line`, () => {
      assert.equal(offencesOf(file, source).length, 1)
      assert.equal(offencesOf(file, `\n\n${source}`)[0].line, offencesOf(file, source)[0].line + 2)
    })
  }

  const passed = [
    ['a name in JavaScript', 'a.mjs', 'const nobody = 1\n'],
    ['a name in Rust', 'a.rs', 'let quote = "\\"";\nlet nobody = \'"\';\n'],
    ['code in a comment', 'a.rs', '// The value of `nobody`.\n'],
    ['a block of code in Markdown', 'a.md', 'Text.\n\n```js\nconst nobody = 1\n```\n'],
    ['two comments with code between', 'a.mjs', '// From where\nf()\n// it came.\n'],
    ['a file of another kind', 'a.svg', 'nobody'],
  ]
  for (const [what, file, source] of passed) {
    test(`${what}: passed over`, () => assert.deepEqual(offencesOf(file, source), []))
  }
})

/**
 * @param {string} file
 * @param {string} text
 */
function rulesBrokenBy(file, text) {
  return offencesOf(file, text).map(({ rule }) => rule.name)
}
