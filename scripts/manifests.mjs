/**
 * Checks the examples' manifests against the types of Kubernetes and of Azure Container Apps.
 *
 *     node scripts/manifests.mjs
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { setup, setupManifestTypes } from './setup.mjs'
import { StepFailed, root, runIfMain, step } from './support/run.mjs'

export async function manifests() {
  await setupManifestTypes()
  await step('manifests of the examples', async () => {
    const { checkContainerApp, checkKubernetes } = await import('./manifests/check.mjs')
    const read = (/** @type {string} */ path) => readFileSync(join(root, 'examples', path), 'utf8')
    const faults = [
      ...checkKubernetes(read('aks/librechat.yaml')),
      ...checkContainerApp(read('container-apps/librechat.yaml')),
    ]
    if (faults.length > 0) throw new StepFailed(faults.join('\n'))
  })
}

await runIfMain(import.meta.url, async () => {
  await setup({ addon: false })
  await manifests()
})
