import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { StepFailed } from '../../scripts/support/run.mjs'
import { stop, until } from '../../testkit/process.mjs'

const START_MS = 60_000

/**
 * nginx with `server`, the directives of its one server. It ends with the folder of its files.
 *
 * @param {string} server
 * @param {string} [http] further directives
 */
export const startNginx = async (server, http = '') => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-nginx-'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; worker_rlimit_nofile 16384; pid ${folder}/pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 10000000;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  ${http}
  server { ${server} }
}
`,
  )
  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
  })
  const isStarted = await until(child, () => workersOf(child.pid).length > 0, START_MS)
  if (!isStarted) {
    await stop(child)
    throw new StepFailed('nginx did not start.')
  }
  return {
    pid: workersOf(child.pid)[0],
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Fails if one of these programs is not installed. @param {string[]} programs */
export const checkInstalled = (...programs) => {
  const missing = programs.filter((program) => spawnSync(program, ['-v']).error)
  if (missing.length > 0)
    throw new StepFailed(`This needs ${missing.join(' and ')}. Install it from your system.`)
}

/** Processes whose parent is `pid`. @param {number | undefined} pid @returns {number[]} */
const workersOf = (pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        return Number(readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1].split(' ')[1]) === pid
      } catch {
        return false
      }
    })
