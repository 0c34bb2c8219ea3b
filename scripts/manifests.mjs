/**
 * Checks the examples' manifests, and what the proxy's Helm chart renders, against the types of Kubernetes and of Azure
 * Container Apps.
 *
 *     node scripts/manifests.mjs
 */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { setup, setupManifestTypes } from './setup.mjs'
import { StepFailed, root, runIfMain, step } from './support/run.mjs'

export async function manifests() {
  await setupManifestTypes()
  await step('manifests of the examples', async () => {
    const { checkContainerApp, checkKubernetes } = await import('./manifests/check.mjs')
    failOn([
      ...textsIn('examples/aks').flatMap(checkKubernetes),
      ...textsIn('examples/container-apps').flatMap(checkContainerApp),
    ])
  })
  if (process.platform !== 'linux') return console.log("the proxy's chart … not checked: it takes Linux")
  const { VALUES, renderChart } = await import('./manifests/chart.mjs')
  const rendered = await renderChart(VALUES)
  await step("the proxy's chart", async () => {
    const { checkKubernetes } = await import('./manifests/check.mjs')
    failOn(rendered.flatMap(({ faults }) => faults))
    const texts = rendered.flatMap(({ manifests: all }) =>
      Object.entries(all)
        .filter(([template, text]) => template.endsWith('.yaml') && text.trim() !== '')
        .map(([, text]) => text),
    )
    failOn(checkKubernetes(texts.join('\n---\n')))
  })
}

/** @param {string} folder */
function textsIn(folder) {
  return readdirSync(join(root, folder)).map((name) => readFileSync(join(root, folder, name), 'utf8'))
}

/** @param {string[]} faults */
function failOn(faults) {
  if (faults.length > 0) throw new StepFailed(faults.join('\n'))
}

await runIfMain(import.meta.url, async () => {
  await setup({ addon: false })
  await manifests()
})
