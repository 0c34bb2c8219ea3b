import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { isKeyless, isVariable, quotedWord } from '../cli/forms.mjs'
import { failureAtPath, failureOf } from '../cli/system-error.mjs'
import { UsageError, readArguments } from '../cli/usage.mjs'
import { secret } from '../testkit/secrets.mjs'

const KEY = secret('x')
const HEX = KEY.slice(0, 32)

describe('what the tool shows', () => {
  test('of words: one', () => {
    for (const text of ['libre', 'AzureCliCredential', '--chekc']) assert.equal(quotedWord(text), `'${text}'`)
    for (const text of ['purdle krintow', 'a,b', 'a;b', 'a\tb', 'hunter2', 'x'.repeat(41)])
      assert.match(quotedWord(text), /^a text of /)
  })

  test('of names: those without a key in them', () => {
    for (const name of ['my-app', 'rg_prod.eu-west', 'app-web-x7k2m3p4q5r6s', '-', ''])
      assert.ok(isKeyless(name), name)
    for (const name of [HEX, `my-${HEX}`, `rg_${HEX}`, `${HEX}.prod`, KEY.slice(0, 40)])
      assert.ok(!isKeyless(name), name)
  })

  test("of variables' names: those of words", () => {
    for (const name of ['AZURE_OPENAI_API_KEY', 'OPENAI_KEY_2', 'AZURE_GPT4O_EU1'])
      assert.ok(isVariable(name), name)
    for (const name of [HEX, HEX.toUpperCase(), KEY.slice(0, 16)])
      assert.ok(!isVariable(`AZURE_OPENAI_API_KEY_${name}`), name)
    assert.ok(!isVariable('AZURE_ '.repeat(3)))
    assert.ok(!isVariable('AZURE_'.repeat(20)))
  })

  test('of an error of the system: what failed, and a path only if it has the form of one', () => {
    const of = (/** @type {string} */ path) =>
      Object.assign(new Error(`EACCES: permission denied, open '${path}'`), {
        code: 'EACCES',
        errno: -13,
        syscall: 'open',
        path,
      })
    assert.match(failureOf(of(KEY)), /^EACCES: .*open$/)
    assert.match(failureAtPath(of('/srv/app')), /^\/srv\/app: EACCES: .*open$/)
    assert.match(failureAtPath(of('Summer!2024')), /^a text of 11 characters: EACCES/)
    assert.equal(failureOf(Object.assign(new Error('x'), { code: 'EODD', syscall: 'open' })), 'EODD: open')
  })
})

describe('wrong arguments', () => {
  const options = /** @type {const} */ ({ app: { type: 'string' }, json: { type: 'boolean' } })
  for (const { args, said } of [
    { args: ['here'], said: "Unexpected argument 'here'. This command takes only options." },
    { args: ['--json', '--', 'here'], said: "Unexpected argument 'here'. This command takes only options." },
    {
      args: ["x'. Yx3v#kqw"],
      said: 'Unexpected argument a text of 12 characters. This command takes only options.',
    },
    { args: ['--ap', 'x'], said: "Unknown option '--ap'." },
    { args: ['--ap=Yx3v#kqw'], said: "Unknown option '--ap'." },
    { args: ['--purdle krintow'], said: 'Unknown option a text of 16 characters.' },
    { args: ['--toString'], said: "Unknown option '--toString'." },
    { args: ['-Yx3v'], said: "Unknown option '-Y'." },
    { args: ['--json=Yx3v'], said: '--json takes no value.' },
    { args: ['--app'], said: '--app needs a value.' },
    {
      args: ['--app', '--json'],
      said: '--app needs a value. Put a value with a leading - into --app=<value>.',
    },
  ])
    test(JSON.stringify(args), () =>
      assert.throws(
        () => readArguments({ args, options }),
        (error) => error instanceof UsageError && error.message === said,
      ),
    )

  test('right ones are read', () => {
    assert.deepEqual(
      { ...readArguments({ args: ['--app=-x', '--json'], options }).values },
      { app: '-x', json: true },
    )
  })
})
