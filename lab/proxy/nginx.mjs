import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { StepFailed } from '../../scripts/support/run.mjs'

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
  const exit = once(child, 'exit')
  for (const until = Date.now() + START_MS; workersOf(child.pid).length === 0; await setTimeout(50)) {
    if (child.exitCode !== null || Date.now() > until) throw new StepFailed('nginx did not start.')
  }
  return {
    pid: workersOf(child.pid)[0],
    stop: async () => {
      child.kill('SIGTERM')
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
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
