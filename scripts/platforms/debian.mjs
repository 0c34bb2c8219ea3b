/** Packages of the system, if it is Debian or Ubuntu and this process has the right to install them. */

import { spawnSync } from 'node:child_process'

import { run, StepFailed } from '../support/run.mjs'

/** apt-get, which waits for another one to end rather than fail. */
export const APT_GET = ['apt-get', '-o', 'DPkg::Lock::Timeout=600']

/** @param {string[]} packages */
export async function debianPackages(packages) {
  const missing = packages.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0)
    throw new StepFailed(
      `This needs ${missing.join(', ')}: install them as root, with apt-get or your system's own`,
    )
  await run('reading the list of system packages', [...APT_GET, 'update'])
  const install = [...APT_GET, 'install', '--yes', '--no-install-recommends', ...missing]
  await run(`installing ${missing.join(', ')}`, install, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** @param {string} name */
function isInstalled(name) {
  const { status, stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Status}', name], {
    encoding: 'utf8',
  })
  return status === 0 && stdout.endsWith(' installed')
}
