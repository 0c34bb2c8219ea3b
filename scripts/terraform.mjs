/**
 * Checks the Terraform module: its format, if `terraform` is installed, and every name in it against the provider's
 * schema. Writes the tables of its README.
 *
 *     node scripts/terraform.mjs
 *
 * `terraform validate` and `terraform test` need the provider from Terraform's registry: .github/workflows/terraform.yml
 * runs them.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { setup, setupTerraformSchema } from './setup.mjs'
import { StepFailed, root, run, runIfMain, step } from './support/run.mjs'
import { writeSections } from './support/sections.mjs'

export async function terraform() {
  await setupTerraformSchema()
  if (spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0) {
    await run('format of Terraform', ['terraform', 'fmt', '-check', '-recursive', '-diff', 'terraform'])
  } else {
    console.log('format of Terraform … not checked: there is no terraform on this machine')
  }
  await step("names in Terraform, by the provider's schema", async () => {
    // The schema is there only once it is installed.
    const { checkFolder } = await import('./terraform/check.mjs')
    const { resources, faults } = await checkFolder(join(root, 'terraform'))
    if (resources === 0) throw new StepFailed('terraform/ holds no resource of azurerm')
    if (faults.length > 0) throw new StepFailed(faults.join('\n'))
  })
  const { tables } = await import('./terraform/document.mjs')
  await writeSections('terraform/README.md', await tables(join(root, 'terraform')))
}

await runIfMain(import.meta.url, async () => {
  await setup({ addon: false })
  await terraform()
})
