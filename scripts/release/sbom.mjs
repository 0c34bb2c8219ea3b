/**
 * Writes down what a release is made of, in CycloneDX's format, beside the packages in `target/packages/`: the crates
 * of the addons and of the proxy, and the npm packages that everything is built with, some of which the command-line tool
 * bundles.
 *
 *     node scripts/release/sbom.mjs
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { cargoTool } from '../support/cargo-tool.mjs'
import { npm, root, run, runIfMain } from '../support/run.mjs'
import { PACKAGES } from './npm-pack.mjs'

const CARGO_CYCLONEDX = '0.5.9'

await runIfMain(import.meta.url, async () => {
  mkdirSync(PACKAGES, { recursive: true })
  const program = await cargoTool('cargo-cyclonedx', CARGO_CYCLONEDX)
  const name = 'crates.cdx'
  const options = ['--manifest-path', 'Cargo.toml', '--format', 'json', '--target', 'all']
  await run('listing the crates', [program, 'cyclonedx', ...options, '--override-filename', name])
  // One is written beside each manifest of the workspace. The core's is part of both others.
  rmSync(join(root, 'core', `${name}.json`))
  // The names of the workspace's crates contain its path, which must not be published.
  const place = pathToFileURL(root).href.replace(/\/$/, '')
  for (const [folder, what] of [
    ['.', 'addon'],
    ['proxy', 'proxy'],
  ]) {
    const listed = join(root, folder, `${name}.json`)
    const crates = readFileSync(listed, 'utf8').replaceAll(place, 'file:///azure-openai-entra')
    rmSync(listed)
    writeFileSync(join(PACKAGES, `${what}.cdx.json`), crates)
  }

  const output = await run('listing the npm packages', [...npm(), 'sbom', '--sbom-format', 'cyclonedx'])
  const packages = JSON.parse(output.slice(output.indexOf('{')))
  // npm takes the name of the folder.
  packages.metadata.component.name = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name
  writeFileSync(join(PACKAGES, 'build.cdx.json'), JSON.stringify(packages, undefined, 2))
})
