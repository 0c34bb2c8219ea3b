/**
 * Writes down what a release is made of, in CycloneDX's format, beside the packages in `target/packages/`: the crates
 * of the addons, and the npm packages that everything is built with, some of which the command-line tool bundles.
 *
 *     node scripts/release/sbom.mjs
 */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { cargoTool } from '../support/cargo-tool.mjs'
import { npm, root, run, runIfMain } from '../support/run.mjs'

const CARGO_CYCLONEDX = '0.5.9'
const PACKAGES = join(root, 'target/packages')

await runIfMain(import.meta.url, async () => {
  mkdirSync(PACKAGES, { recursive: true })
  const program = await cargoTool('cargo-cyclonedx', CARGO_CYCLONEDX)
  // One is written beside each manifest of the workspace; the addon's holds what the addon is made of.
  const name = 'addon.cdx'
  const options = ['--manifest-path', 'addon/Cargo.toml', '--format', 'json', '--target', 'all']
  await run('listing the crates', [program, 'cyclonedx', ...options, '--override-filename', name])
  rmSync(join(root, `${name}.json`))
  renameSync(join(root, 'addon', `${name}.json`), join(PACKAGES, `${name}.json`))
  const listed = await run('listing the npm packages', [...npm(), 'sbom', '--sbom-format', 'cyclonedx'])
  writeFileSync(join(PACKAGES, 'build.cdx.json'), listed.slice(listed.indexOf('{')))
})
