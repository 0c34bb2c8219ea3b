import { installedPackages, ourPackages } from '../testbed/packages.mjs'
import { quickest, runProgram } from '../testbed/process.mjs'

const PACKAGES = { ours: 'azure-openai-entra', rival: '@azure/identity' }

export const install = {
  id: 'install',
  subjects: ['ours', 'rival'],
  rounds: 1,
  size: { full: {}, quick: {} },
  sample: async ({ subject }) => {
    const { packages, bytes } = subject === 'ours' ? ourPackages() : installedPackages(PACKAGES.rival)
    return { packages, bytes }
  },
  figures: [
    { id: 'packages', what: 'install: packages', key: 'packages', unit: '', target: { atMost: 2 } },
    { id: 'size', what: 'install: unpacked size', key: 'bytes', unit: 'MB', target: { atMost: 4.5e6 } },
  ],
}

export const load = {
  id: 'require',
  subjects: ['empty', 'ours', 'rival'],
  rounds: 15,
  size: { full: { tries: 5 }, quick: { tries: 1 } },
  sample: ({ subject, size }) =>
    quickest(size.tries, 'wall', async () => {
      const { message, wallMs } = await runProgram('load.cjs', { load: PACKAGES[subject] })
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
  subjects: ['constant', 'ours', 'rival'],
  floor: 'constant',
  rounds: 9,
  size: { full: { tries: 3 }, quick: { tries: 1 } },
  sample: ({ subject, stage, size }) =>
    quickest(size.tries, 'wall', async () => {
      const endpoint = `http://127.0.0.1:${stage.azureOpenAI.port}`
      const { wallMs } = await runProgram('app.cjs', { subject, endpoint }, stage.identity)
      return { wall: wallMs }
    }),
  figures: [{ id: 'app', what: 'a whole app: openai, provider, one answer, end', key: 'wall', unit: 'ms' }],
}
