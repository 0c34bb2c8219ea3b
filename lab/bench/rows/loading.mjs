import { installedPackages, ourPackages } from '../testbed/packages.mjs'
import { quickest, runProgram } from '../testbed/process.mjs'

const PACKAGES = { ours: 'azure-openai-entra', baseline: '@azure/identity' }

export const install = {
  id: 'install',
  implementations: ['ours', 'baseline'],
  rounds: 1,
  size: { full: {}, quick: {} },
  sample: async ({ implementation }) => {
    const { packages, bytes } =
      implementation === 'ours' ? ourPackages() : installedPackages(PACKAGES.baseline)
    return { packages, bytes }
  },
  figures: [
    { id: 'packages', what: 'install: packages', key: 'packages', unit: '', target: { atMost: 2 } },
    { id: 'size', what: 'install: unpacked size', key: 'bytes', unit: 'MB', target: { atMost: 4.5e6 } },
  ],
}

export const load = {
  id: 'require',
  implementations: ['empty', 'ours', 'baseline'],
  rounds: 15,
  size: { full: { tries: 5 }, quick: { tries: 1 } },
  sample: ({ implementation, size }) =>
    quickest(size.tries, 'wall', async () => {
      const { message, wallMs } = await runProgram('load.cjs', { load: PACKAGES[implementation] })
      return { wall: wallMs, ...message }
    }),
  figures: [
    {
      id: 'require-wall',
      what: '`require` over an empty Node, wall',
      key: 'wall',
      unit: 'ms',
      over: 'empty',
      target: { atMost: 8 },
    },
    {
      id: 'require-memory',
      what: '`require` over an empty Node, peak memory',
      key: 'peak',
      unit: 'MiB',
      over: 'empty',
      target: { atMost: 4 * 2 ** 20 },
    },
    { id: 'require-modules', what: 'modules loaded', key: 'modules', unit: '' },
  ],
}

export const app = {
  id: 'app',
  implementations: ['constant', 'ours', 'baseline'],
  floor: 'constant',
  rounds: 9,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  sample: ({ implementation, testbed, size }) =>
    quickest(size.tries, 'wall', async () => {
      const endpoint = `http://127.0.0.1:${testbed.azureOpenAI.port}`
      const { wallMs } = await runProgram('app.cjs', { implementation, endpoint }, testbed.identity)
      return { wall: wallMs }
    }),
  figures: [{ id: 'app', what: 'a whole app: openai, provider, one answer, end', key: 'wall', unit: 'ms' }],
}
