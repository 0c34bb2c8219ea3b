import { fileURLToPath } from 'node:url'

import { startProxy } from '../forward.mjs'
import { run } from '../process.mjs'
import { secret } from '../secrets.mjs'

const loopback = new URL('../loopback.cjs', import.meta.url)

/**
 * The program of a way: its lines as they are shown, and the call.
 *
 * @param {import('./index.mjs').Way} way
 * @param {(name: string) => string} resolve what an import of a package reads in its place
 */
export const programOf = ({ lines, call }, resolve) =>
  `${lines}\n${call}\n`.replaceAll(/(?<=^import .*')([^']+)(?='$)/gm, (name) => resolve(name))

/**
 * What leads a program other than Node to the services on loopback.
 *
 * @param {number} port
 * @param {string} caFile
 */
const throughProxy = (port, caFile) => ({
  HTTPS_PROXY: `http://127.0.0.1:${port}`,
  NO_PROXY: '127.0.0.1,localhost',
  SSL_CERT_FILE: caFile,
})

/**
 * Runs a way in a Node of its own, against the services on loopback.
 *
 * @param {import('./index.mjs').Way} way
 * @param {{
 *   cloud: Awaited<ReturnType<typeof import('./cloud.mjs').startCloud>>, folder: string, register: string,
 *   resolve?: (name: string) => string, node?: string,
 * }} setting `folder` has the packages; `register` is how the hook is imported
 * @returns {Promise<string | undefined>} what failed
 */
export const runWay = async (
  way,
  { cloud, folder, register, resolve = (name) => name, node = process.execPath },
) => {
  const { audience = 'https://cognitiveservices.azure.com', host = 'my-resource.openai.azure.com' } = way
  cloud.expect(audience)
  const placeholder = secret('placeholder')
  const hooked = { AZURE_OPENAI_USE_ENTRA_ID: 'true', AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder }
  const command = [
    node,
    '--require',
    fileURLToPath(loopback),
    ...(way.register ? ['--import', register] : []),
  ]
  const proxy = way.native ? await startProxy(Number(cloud.variables.LOOPBACK_PORT)) : undefined
  const { code, stdout, stderr } = await run(
    [...command, '--input-type=module', '--eval', programOf(way, resolve)],
    {
      cwd: folder,
      variables: {
        ...cloud.variables,
        ...(way.register && hooked),
        ...(proxy && throughProxy(proxy.port, cloud.variables.NODE_EXTRA_CA_CERTS)),
      },
      limitMs: 60_000,
    },
  ).finally(() => proxy?.close())
  const refused = cloud.seen.find(({ refusal }) => refusal)
  if (refused) return `${refused.host}${refused.path}: ${refused.refusal}`
  if (code !== 0) return `It ended with ${code}: ${stdout}${stderr}`.slice(0, 1500)
  if (!cloud.seen.some((it) => it.host.replace(/:.*/, '') === host)) return `Nothing was sent to ${host}.`
}
