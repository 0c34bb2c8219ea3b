/**
 * Checks what a commit changes, in seconds: format, lint and spelling. `scripts/hooks/pre-commit` runs it.
 *
 *     node scripts/pre-commit.mjs
 */

import { run, runIfMain, taplo, tool } from './support/run.mjs'
import { spelling } from './support/spelling.mjs'

/** Which files each check takes, and the command that it is. @type {[string, RegExp, (files: string[]) => string[]][]} */
const CHECKS = [
  ['format of Rust', /\.rs$/, () => ['cargo', 'fmt', '--all', '--check']],
  ['format of TOML', /\.toml$/, (files) => [...taplo(), '--check', ...files]],
  [
    'format of the rest',
    /\.(?:[cm]?[jt]s|json|ya?ml|md)$/,
    (files) => [...tool('prettier'), '--check', ...files],
  ],
  ['lint of JavaScript', /\.[cm]?[jt]s$/, (files) => [...tool('oxlint'), '--deny-warnings', ...files]],
  ['spelling', /^/, spelling],
]

await runIfMain(import.meta.url, async () => {
  const staged = ['git', 'diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z']
  const files = (await run('files of the commit', staged)).split('\0').filter(Boolean)
  for (const [label, pattern, command] of CHECKS) {
    const those = files.filter((file) => pattern.test(file))
    if (those.length > 0) await run(label, command(those))
  }
})
