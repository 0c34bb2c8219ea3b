/**
 * Runs the Rust tests under AddressSanitizer, which looks for leaks at the end of each program too.
 *
 * Needs Linux and a nightly toolchain: `rustup toolchain install nightly`. The standard library is not instrumented.
 */

import { run, runIfMain } from './support/run.mjs'

await runIfMain(import.meta.url, async () => {
  const compiler = await run('looking for the nightly compiler', [
    'rustc',
    '+nightly',
    '--version',
    '--verbose',
  ])
  const host = /^host: (\S+)$/m.exec(compiler)?.[1] ?? ''
  // A target by name keeps what runs inside the compiler uninstrumented; the binding needs Node's symbols.
  const test = ['cargo', '+nightly', 'test', '--locked', '--no-default-features', '--tests', '--target', host]
  const output = await run(
    'Rust tests under AddressSanitizer',
    [...test, '--target-dir', 'target/sanitize'],
    {
      env: { ...process.env, RUSTFLAGS: '-Zsanitizer=address' },
      minutes: 60,
    },
  )
  console.log((output.match(/^test result: .+$/gm) ?? []).join('\n'))
})
