import { join } from 'node:path'

import { noDeveloperTools } from '../../../testkit/azure-cli.mjs'
import { run } from '../../../testkit/process.mjs'
import { installedApp } from '../testbed/packages.mjs'

/** The whole chain of a machine that has nothing of it. @type {import('../testbed/measure.mjs').Row} */
export const doctor = {
  id: 'doctor',
  implementations: ['ours'],
  rounds: 3,
  size: { full: {}, quick: {} },
  sample: async () => {
    const program = join(await installedApp(), 'node_modules/azure-openai-entra/bin/azure-openai-entra.js')
    const began = performance.now()
    const { code, stdout, stderr } = await run([process.execPath, program, 'doctor'], {
      variables: noDeveloperTools(),
    })
    if (code !== 1) throw new Error(`the doctor ended with ${code}: ${stderr || stdout}`)
    return { time: (performance.now() - began) / 1000 }
  },
  figures: [
    {
      id: 'doctor',
      what: 'doctor on a machine without any credential',
      key: 'time',
      unit: 's',
      target: { atMost: 3 },
    },
  ],
}
