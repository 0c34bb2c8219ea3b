/**
 * Checks the crates of the addon against the policy in .config/deny.toml.
 *
 *     node scripts/deny.mjs [advisories | bans | licenses | sources …]     all of them without a name
 *
 * `advisories` fetches the list of known faults from GitHub.
 */

import { cargoTool } from './support/cargo-tool.mjs'
import { run, runIfMain } from './support/run.mjs'

const CARGO_DENY = '0.20.2'

await runIfMain(import.meta.url, async () => {
  const checks = process.argv.slice(2)
  const program = await cargoTool('cargo-deny', CARGO_DENY)
  const output = await run('licences, sources and known faults of the crates', [
    program,
    '--locked',
    'check',
    '--config',
    '.config/deny.toml',
    ...checks,
  ])
  process.stdout.write(`${output.trim().split('\n').at(-1)}\n`)
})
