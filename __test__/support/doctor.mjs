import assert from 'node:assert/strict'

import { startAuthority } from '../../testkit/authority.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run } from '../../testkit/process.mjs'

/** The tool as it is bundled. */
export const TOOL = 'bin/azure-openai-entra.js'

/**
 * @typedef {Awaited<ReturnType<typeof run>>} Ended
 * @typedef {Record<string, string | undefined>} Variables
 * @typedef {import('../../cli/doctor/command.mjs').Report & {
 *   winner: any, endpoint: any, source: (credential: string) => any,
 * }} Report any, because the tests are about what these hold; `source` finds a credential's part by its name
 * @typedef {{
 *   identity: Awaited<ReturnType<typeof startIdentity>>, authority: Awaited<ReturnType<typeof startAuthority>>,
 *   doctor: (args: string[], variables?: Variables) => Promise<Ended>,
 *   examine: (args: string[], variables?: Variables) => Promise<Report>,
 * }} Bed
 */

/** No tool of a developer's machine is found there. */
const NO_TOOLS = { PATH: '/nowhere' }

/**
 * Runs `act` with App Service's endpoint, the authority's, and a function that runs the tool between them; at the end
 * nothing that the tool wrote holds a token or a secret.
 *
 * @param {(bed: Bed) => unknown} act
 */
export const withDoctor = async (act) => {
  const [identity, authority] = await Promise.all([startIdentity(), startAuthority()])
  /** @type {string[]} */
  const written = []
  const reach = {
    AZURE_AUTHORITY_HOST: authority.environment.AZURE_AUTHORITY_HOST,
    NODE_EXTRA_CA_CERTS: authority.caFile,
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
  }
  /** @type {Bed['doctor']} */
  const doctor = async (args, variables) => {
    const ended = await run([process.execPath, TOOL, ...args], {
      variables: { ...NO_TOOLS, ...reach, ...variables },
    })
    written.push(ended.stdout, ended.stderr)
    return ended
  }
  /** @type {Bed['examine']} */
  const examine = async (args, variables) => {
    const { code, stdout, stderr } = await doctor(['doctor', '--json', ...args], variables)
    assert.equal(stderr, '')
    const report = JSON.parse(stdout)
    assert.equal(report.exitCode, code)
    return {
      ...report,
      source: (/** @type {string} */ name) =>
        report.sources.find((/** @type {{ credential: string }} */ it) => it.credential === name),
    }
  }
  try {
    await act({ identity, authority, doctor, examine })
    const secrets = [
      ...identity.tokens.issued,
      ...authority.tokens.issued,
      identity.environment.IDENTITY_HEADER,
      authority.clientSecret,
    ]
    for (const each of secrets) assert.ok(!written.join('').includes(each), 'a secret was written')
  } finally {
    await Promise.all([identity.close(), authority.close()])
  }
}
