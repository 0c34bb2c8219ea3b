/** Runs the cells that its parent names, one after the other: `<ours or baseline> <id of the cell>`. */

/** @typedef {{ id: string, who: import('./cells.mjs').Side, seen?: import('./verdict.mjs').Seen, broken?: string }} Result */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cellById } from './cells.mjs'
import { runCase } from './run-case.mjs'

const isolated = process.env.FAULTS_ISOLATED === 'true'

/** A file that is /etc/hosts in this worker's namespace, so that names come and go as a cell wants. */
const ownHosts = () => {
  const file = join(mkdtempSync(join(tmpdir(), 'entra-faults-hosts-')), 'hosts')
  writeFileSync(file, '')
  const { status, stderr } = spawnSync('mount', ['--bind', file, '/etc/hosts'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`/etc/hosts cannot be replaced: ${stderr}`)
  return file
}

/** @type {import('./testbed.mjs').Setting} */
const setting = {
  certificates: process.env.FAULTS_CERTIFICATES ?? '',
  isolated,
  hosts: isolated ? ownHosts() : undefined,
}

process.on('message', async (/** @type {string} */ job) => {
  const [who, id] = /** @type {[import('./cells.mjs').Side, string]} */ (job.split(' '))
  const tell = (/** @type {Result} */ result) => process.send?.(result)
  try {
    tell({ id, who, seen: await runCase(cellById(id), who, setting) })
  } catch (error) {
    tell({ id, who, broken: String(/** @type {Error} */ (error).stack) })
  }
})
process.send?.({ ready: true })
