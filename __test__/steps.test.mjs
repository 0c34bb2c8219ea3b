import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { run } from '../testkit/process.mjs'

const ROOT = new URL('../', import.meta.url)
const STEPS = new URL('../scripts/support/run.mjs', import.meta.url)

/** Longer than a script may take here. */
const HANGS = `setTimeout(() => {}, 600_000)`
const STARTS_ONE_THAT_HANGS = `
  const { spawn } = require('node:child_process')
  console.log('pid', spawn(process.execPath, ['-e', ${JSON.stringify(HANGS)}], { stdio: 'inherit' }).pid)
  ${HANGS}`
const SCRIPT = `
  import { run } from '${STEPS}'
  const command = [process.execPath, '-e', ${JSON.stringify(STARTS_ONE_THAT_HANGS)}]
  await run('a step', command, { minutes: 0.05 }).catch(({ message }) => console.log(message))`

test('a step that hangs ends its script, though what it started holds its output open', async () => {
  const { code, stdout, stderr } = await run([process.execPath, '--input-type=module', '-e', SCRIPT])
  const [, pid] = /^pid (\d+)$/m.exec(stderr) ?? []
  if (pid) process.kill(Number(pid))
  assert.equal(stdout, 'a step: did not end within 0.05 minutes\n')
  assert.equal(code, 0)
})

/**
 * The packages that a script's static imports ask for before its first line runs. @param {URL} file
 *
 * @param {Set<string>} [seen]
 * @returns {string[]}
 */
const packagesOf = (file, seen = new Set()) => {
  if (seen.has(file.href)) return []
  seen.add(file.href)
  const names = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'/gm,
  )
  return [...names].flatMap(([, from, bare]) => {
    const name = from ?? bare
    if (name.startsWith('node:')) return []
    return name.startsWith('.') ? packagesOf(new URL(name, file), seen) : [`${name} in ${file.pathname}`]
  })
}

test('in a fresh clone, every command of package.json starts before packages are installed', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  const first = Object.values(scripts).map((script) => /^node (\S+\.mjs)/.exec(script)?.[1])
  const started = [...new Set(first.filter((file) => file !== undefined))]
  assert.ok(started.includes('scripts/ready.mjs') && started.length > 5)
  assert.deepEqual(
    started.flatMap((file) => packagesOf(new URL(file, ROOT))),
    [],
  )
})
