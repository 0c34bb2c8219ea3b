import { installedPackages, ourPackages } from '../testbed/packages.mjs'
import { quickest, runProgram } from '../testbed/process.mjs'

const PACKAGES = { ours: 'azure-openai-entra', baseline: '@azure/identity' }

/** @type {import('../testbed/measure.mjs').Row} */
export const install = {
  id: 'install',
  implementations: ['ours', 'baseline'],
  rounds: 1,
  size: { full: {}, quick: {} },
  sample: async ({ implementation }) => {
    const { packages, bytes } =
      implementation === 'ours' ? await ourPackages() : installedPackages(PACKAGES.baseline)
    return { packages, bytes }
  },
  figures: [
    { id: 'packages', what: 'install: packages', key: 'packages', unit: '', target: { atMost: 2 } },
    { id: 'size', what: 'install: unpacked size', key: 'bytes', unit: 'MB', target: { atMost: 4.5e6 } },
  ],
}

/**
 * A row of what it costs to load a package, over an empty Node.
 *
 * @param {{ id: string, what: string, packages: Record<string, string>, use?: boolean, ms: number, mib: number }} row
 * @returns {import('../testbed/measure.mjs').Row}
 */
const loading = ({ id, what, packages, use = false, ms, mib }) => ({
  id,
  implementations: ['empty', ...Object.keys(packages)],
  rounds: 15,
  size: { full: { tries: 5 }, quick: { tries: 1 } },
  sample: ({ implementation, size }) =>
    quickest(size.tries, 'wall', async () => {
      const { message, wallMs } = await runProgram('load.cjs', { load: packages[implementation], use })
      return { wall: wallMs, ...message }
    }),
  figures: [
    {
      id: `${id}-wall`,
      what: `${what} over an empty Node, wall`,
      key: 'wall',
      unit: 'ms',
      over: 'empty',
      target: { atMost: ms },
    },
    {
      id: `${id}-memory`,
      what: `${what} over an empty Node, peak memory`,
      key: 'peak',
      unit: 'MiB',
      over: 'empty',
      target: { atMost: mib * 2 ** 20 },
    },
    { id: `${id}-modules`, what: `${what}: modules loaded`, key: 'modules', unit: '' },
  ],
})

export const load = loading({ id: 'require', what: '`require`', packages: PACKAGES, ms: 3, mib: 1 })

/** The first use of the addon: a credential is made, and no token requested. */
export const firstUse = loading({
  id: 'first-use',
  what: '`require` and a credential',
  packages: PACKAGES,
  use: true,
  ms: 8,
  mib: 4,
})

export const register = loading({
  id: 'register',
  what: '`register` with the switch off',
  packages: { ours: `${PACKAGES.ours}/register` },
  ms: 3,
  mib: 1,
})

/** @type {import('../testbed/measure.mjs').Row} */
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
