import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { writeAll } from '../cli/librechat/transaction.mjs'
import { environmentWith } from '../testkit/environment.mjs'
import { filesIn, tool, withCheckout } from './support/librechat-checkout.mjs'
import { programPath } from './support/programs.mjs'
import { run } from '../testkit/process.mjs'

const toolPath = fileURLToPath(new URL('../bin/azure-openai-entra.js', import.meta.url))
/** A tree before and after: a changed file in each of two folders, a new file and a removed one. */
const before = { 'a/one': 'one\n', 'b/two': 'two\n', 'b/gone': 'gone\n' }
const after = { 'a/one': 'ONE\n', 'b/two': 'TWO\n', 'b/new': 'new\n' }

/** @typedef {Record<string, string>} Tree texts by their paths */
/** @typedef {{ name: string, count: number }} Operation */

/** Every change between two trees of texts. @param {Tree} from @param {Tree} to */
const changesBetween = (from, to) =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((path) => from[path] !== to[path])
    .map((path) => ({ path, before: from[path], after: to[path] }))

/**
 * A file system whose operations fail as `fails` says, and how many there were.
 *
 * @param {(operation: Operation) => boolean} fails
 */
const failing = (fails) => {
  const counted = { operations: 0 }
  /** @param {string} name */
  const wrapped = (name) =>
    typeof Reflect.get(fs, name) !== 'function'
      ? Reflect.get(fs, name)
      : (/** @type {unknown[]} */ ...args) => {
          counted.operations++
          if (fails({ name, count: counted.operations }))
            throw Object.assign(new Error(`no space left, ${name}`), { code: 'ENOSPC' })
          return Reflect.get(fs, name)(...args)
        }
  return {
    counted,
    fs: new Proxy(/** @type {any} the whole of node:fs */ ({}), { get: (_, name) => wrapped(String(name)) }),
  }
}

/** @template Result @param {(folder: string) => Result | Promise<Result>} fn */
const withFolder = async (fn) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-disk-'))
  try {
    return await fn(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes a folder hold `tree` and nothing else. @param {string} folder @param {Tree} tree */
const set = (folder, tree) => {
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true })
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    fs.writeFileSync(join(folder, path), content)
  }
}

describe('a change of many files is made whole or not at all', () => {
  const directions = { apply: [before, after], revert: [after, before] }

  for (const [what, [from, to]] of Object.entries(directions)) {
    for (const [links, also] of /** @type {[string, (operation: Operation) => boolean][]} */ ([
      ['with hard links', () => false],
      ['without hard links', ({ name }) => name === 'linkSync'],
    ])) {
      test(`${what}, ${links}: each file operation fails once`, () =>
        withFolder((folder) => {
          const changes = changesBetween(from, to)
          let refusals = 0
          for (let n = 1; ; n++) {
            set(folder, from)
            const disk = failing((operation) => operation.count === n || also(operation))
            /** @type {any} a refusal */
            let error
            try {
              assert.deepEqual(writeAll(folder, changes, disk.fs), [], `operation ${n}`)
            } catch (thrown) {
              error = thrown
            }
            const expected = error === undefined ? to : from
            assert.deepEqual(filesIn(folder), expected, `operation ${n}: ${error?.message}`)
            if (error !== undefined) {
              refusals++
              assert.equal(error.outcome, 'Nothing was changed.')
              assert.match(error.message, /: This file cannot be written: ENOSPC/)
            }
            if (n > disk.counted.operations) break
          }
          assert.ok(refusals > changes.length, `${refusals}`)
        }))
    }

    test(`${what}: after a run that was killed at any operation, the next one succeeds and leaves the originals`, () =>
      withFolder((folder) => {
        for (let n = 1; ; n++) {
          set(folder, from)
          // Nothing that it would do after its end is done.
          const disk = failing((operation) => operation.count >= n)
          try {
            writeAll(folder, changesBetween(from, to), disk.fs)
          } catch {}
          const left = filesIn(folder)
          const now = Object.fromEntries(Object.entries(left).filter(([path]) => path in from || path in to))
          assert.deepEqual(writeAll(folder, changesBetween(now, to)), [], `operation ${n}`)
          const then = filesIn(folder)
          for (const [path, text] of Object.entries(to)) assert.equal(then[path], text, `operation ${n}`)
          for (const path of Object.keys(left).filter((path) => path.endsWith('.old')))
            assert.equal(then[path], left[path], `operation ${n}: ${path}`)
          if (n > disk.counted.operations) break
        }
      }))

    test(`${what}: the disk fails for good, and what is to be done is said`, () =>
      withFolder((folder) => {
        set(folder, from)
        const changes = changesBetween(from, to)
        const count = changes.length
        let renames = 0
        const disk = failing(({ name }) => name === 'renameSync' && ++renames > count / 2)
        assert.throws(
          () => writeAll(folder, changes, disk.fs),
          (/** @type {any} a refusal */ error) => {
            assert.equal(error.outcome, 'Only a part of the checkout was restored.')
            const kept = [
              ...error.message.matchAll(/: This file could not be restored\. Rename (\S+) to it\.$/gm),
            ]
            assert.ok(kept.length > 0)
            for (const [line, old] of kept) {
              const [path] = error.message
                .split('\n')
                .find((/** @type {string} */ one) => one.endsWith(line))
                .split(': ')
              fs.renameSync(old, join(folder, path))
            }
            for (const [, path] of error.message.matchAll(/^(\S+): This new file could not/gm))
              rmSync(join(folder, path))
            return true
          },
        )
        assert.deepEqual(filesIn(folder), from)
      }))
  }
})

/** @param {string[]} command */
const unshare = (...command) => ['unshare', '-rm', ...command]

/** Why this machine cannot create a disk of a chosen size. */
const noSmallDisk = () => {
  if (process.platform !== 'linux') return 'mount namespaces are Linux only'
  const [file, ...args] = unshare('mount', '-t', 'tmpfs', 'tmpfs', '/mnt')
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8' })
  return status === 0 ? false : (error?.message ?? stderr).trim() || `unshare ended with ${status}`
}

test('on a full disk, the checkout is the old one or the new one', { skip: noSmallDisk() }, () =>
  withFolder(async (folder) => {
    await withCheckout(async (checkout) => {
      cpSync(checkout, join(folder, 'old'), { recursive: true })
      assert.equal((await tool('librechat', checkout)).code, 0)
      cpSync(checkout, join(folder, 'new'), { recursive: true })
    })
    const program = [programPath('small-disk.sh'), folder, process.execPath, toolPath]
    const { code, stdout, stderr } = await run(unshare('sh', ...program))
    assert.deepEqual([code, stderr], [0, ''])
    const ends = stdout.trim().split('\n')
    assert.equal(ends.length, 22)
    assert.deepEqual([...new Set(ends)].toSorted(), ['0 new silence', '2 old refusal'])
  }),
)

/** What an output can be, as the end of a command of a shell; `broken` is a pipe that is closed before the command starts. */
const ENDS = { full: '/dev/full', closed: '&-', broken: '' }
/** @typedef {keyof typeof ENDS} End */
/** @typedef {'stdout' | 'stderr'} Output */

/**
 * How the tool ends in `cwd` if these outputs are of that kind, and what the other one is told.
 *
 * @param {string} cwd
 * @param {string[]} args
 * @param {Output[]} outputs
 * @param {End} end
 */
const endOf = async (cwd, args, outputs, end) => {
  const redirected = outputs.map((output) => `${output === 'stdout' ? 1 : 2}>${ENDS[end]}`)
  const shell = `exec "$@" ${end === 'broken' ? '' : redirected.join(' ')}`
  const child = spawn('sh', ['-c', shell, 'sh', process.execPath, toolPath, ...args], {
    cwd,
    env: environmentWith({ AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  if (end === 'broken') for (const output of outputs) child[output].destroy()
  const said = async (/** @type {Output} */ output) =>
    child[output].destroyed ? '' : await text(child[output])
  const [stdout, stderr, [code, signal]] = await Promise.all([
    said('stdout'),
    said('stderr'),
    once(child, 'close'),
  ])
  return { code, signal, stdout, stderr }
}

describe(
  'a command whose output cannot be written ends, with its own exit code',
  { skip: process.platform === 'win32' && 'needs a POSIX shell' },
  () => {
    const commands = [
      ['--help'],
      ['--version'],
      [],
      ['nothing'],
      ['doctor'],
      ['doctor', '--json'],
      ['doctor', '--dotenv', 'nowhere'],
      ['health', '--json'],
      ['health', '--timeout', 'x'],
      ['swap'],
      ['swap', 'nowhere'],
      ['librechat', '.', '--check'],
      ['librechat', '.'],
      ['librechat', 'nowhere'],
    ]
    const ends = /** @type {End[]} */ (Object.keys(ENDS)).filter(
      (end) => end !== 'full' || existsSync('/dev/full'),
    )
    for (const args of commands) {
      test(args.join(' ') || 'no command', () =>
        withCheckout(async (folder) => {
          const whole = await endOf(folder, args, [], 'closed')
          const changed = filesIn(folder)
          for (const outputs of /** @type {Output[][]} */ ([['stdout'], ['stderr'], ['stdout', 'stderr']])) {
            for (const end of ends) {
              await withCheckout(async (again) => {
                const what = `${outputs.join(' and ')} ${end}`
                const { code, signal, stdout, stderr } = await endOf(again, args, outputs, end)
                // What goes to stderr is no result.
                const isLost = end === 'full' && outputs.includes('stdout') && whole.stdout !== ''
                assert.deepEqual([code, signal], [isLost ? whole.code || 4 : whole.code, null], what)
                assert.doesNotMatch(stdout + stderr, /EPIPE|^ {4}at /m, what)
                assert.deepEqual(filesIn(again), changed, what)
                if (isLost && !outputs.includes('stderr'))
                  assert.match(
                    stderr,
                    code === 4
                      ? /^The command succeeded, but its output cannot be written: ENOSPC: [^\n]*\n$/
                      : /The output cannot be written: ENOSPC: [^\n]*\n$/,
                    what,
                  )
              })
            }
          }
        }),
      )
    }
  },
)

/** The size that an output may have: the smallest but 0 that a shell can set. */
const FITTING = 512

test(
  'a command whose output fits into its file only in part does not end as if it were whole',
  { skip: process.platform === 'win32' && 'needs a POSIX shell' },
  () =>
    withCheckout(async (folder) => {
      const commands = [
        ['doctor', '--help'],
        ['swap', '--help'],
        ['librechat', '--help'],
        ['doctor'],
        ['doctor', '--json'],
        ['doctor', '--fix-plan'],
        ['librechat', '.', '--check'],
      ]
      for (const args of commands) {
        const what = args.join(' ')
        const whole = await endOf(folder, args, [], 'closed')
        assert.ok(whole.stdout.length > FITTING, what)
        const file = join(folder, 'output')
        const limited = ['sh', '-c', 'ulimit -f 1 && exec "$@" >output', 'sh', process.execPath, toolPath]
        const { status, stderr } = spawnSync(limited[0], [...limited.slice(1), ...args], {
          cwd: folder,
          env: environmentWith({ AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }),
          encoding: 'utf8',
        })
        assert.equal(status, whole.code || 4, what)
        assert.match(stderr, /output cannot be written: EFBIG: [^\n]*\n$/i, what)
        assert.equal(statSync(file).size, FITTING, what)
        rmSync(file)
      }
    }),
)
