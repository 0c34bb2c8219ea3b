/**
 * Runs the Rust tests of the core and of the proxy, and then the addon in Node with two hundred threads that come and go, under AddressSanitizer,
 * which looks for leaks at the end of each program too.
 *
 * Needs Linux, GCC, and a nightly toolchain: `rustup toolchain install nightly`. The standard library is not
 * instrumented.
 */

import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { addonFile } from './setup.mjs'
import { root, run, runIfMain } from './support/run.mjs'

const FOLDER = join(root, 'target/sanitize')

await runIfMain(import.meta.url, async () => {
  const compiler = await run('looking for the nightly compiler', [
    'rustc',
    '+nightly',
    '--version',
    '--verbose',
  ])
  const host = /^host: (\S+)$/m.exec(compiler)?.[1] ?? ''
  /** @param {string} label @param {string[]} command */
  const cargo = (label, command) => {
    // A target by name keeps what runs inside the compiler uninstrumented.
    const options = ['--locked', '--target', host, '--target-dir', FOLDER]
    const env = { ...process.env, RUSTFLAGS: '-Zsanitizer=address' }
    return run(label, ['cargo', '+nightly', ...command, ...options], { env, minutes: 60 })
  }

  const tests = await cargo('Rust tests', [
    'test',
    '--package',
    'azure-openai-entra-core',
    '--package',
    'azure-openai-entra-proxy',
    '--tests',
  ])
  console.log((tests.match(/^test result: .+$/gm) ?? []).join('\n'))

  await cargo('building the addon', ['build', '--package', 'azure-openai-entra'])
  const folder = await stage(join(FOLDER, host, 'debug/libazure_openai_entra.so'))
  const library = await run('looking for the sanitizer', ['gcc', '-print-file-name=libasan.so'])
  const threads = await run(
    'threads that come and go',
    [process.execPath, join(folder, '__test__/programs/come-and-go.mjs'), '--main-too'],
    {
      env: {
        ...process.env,
        LD_PRELOAD: library.trim(),
        LSAN_OPTIONS: `suppressions=${join(root, 'scripts/support/sanitize.supp')}:print_suppressions=0`,
      },
    },
  )
  console.log(threads.trim())
})

/**
 * A copy of the package with this addon instead of its own.
 *
 * @param {string} addon
 */
async function stage(addon) {
  const folder = join(FOLDER, 'package')
  for (const part of [
    'package.json',
    'index.js',
    'index.mjs',
    'lib',
    '__test__/programs',
    '__test__/support',
    'testkit',
  ]) {
    await cp(join(root, part), join(folder, part), { recursive: true })
  }
  await cp(addon, join(folder, addonFile()))
  return folder
}
