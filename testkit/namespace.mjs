import { spawn, spawnSync } from 'node:child_process'

/**
 * A private network, process and mount namespace: 169.254.169.254 belongs to the suite in it, no other network is
 * to be reached, what a case starts dies with it, and /var/opt and /opt are empty folders of its own.
 */
const ENTER = ['-rnm', '--pid', '--fork', '--kill-child']
const PREPARE = [
  'ip link set lo up',
  'ip addr add 169.254.169.254/32 dev lo',
  'mount -t tmpfs tmpfs /var/opt',
  'exec "$@"',
].join(' && ')

/** @param {string[]} command */
const inside = (command) => [...ENTER, '/bin/sh', '-c', PREPARE, 'sh', ...command]

/** Why there is no such namespace here, or undefined if there is. */
export const namespaceRefusal = () => {
  if (process.platform !== 'linux') return 'network namespaces are Linux only'
  const { status, stderr, error } = spawnSync('unshare', inside(['/bin/true']), { encoding: 'utf8' })
  if (status === 0) return undefined
  return (error?.message ?? stderr).trim().split('\n')[0] || `unshare ended with ${status}`
}

/**
 * Starts a Node program with an IPC channel, in a namespace or out of one.
 *
 * @param {string} program
 * @param {{ isolated: boolean, env: NodeJS.ProcessEnv }} setting
 */
export const startProgram = (program, { isolated, env }) => {
  const node = [process.execPath, program]
  const [file, ...args] = isolated ? ['unshare', ...inside(node)] : node
  return spawn(file, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}
