import assert from 'node:assert/strict'

import { startAuthority } from '../../testkit/authority.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run } from '../../testkit/process.mjs'

/** The tool as it is bundled. */
export const TOOL = 'bin/azure-openai-entra.js'

/** Where no tool of a developer's machine is found. */
const NO_TOOLS = { PATH: '/nowhere' }

/**
 * Runs `act` with App Service's endpoint, the authority's, and a function that runs the tool between them; at the end
 * nothing that the tool wrote holds a token or a secret.
 */
export const withDoctor = async (act) => {
  const [identity, authority] = await Promise.all([startIdentity(), startAuthority()])
  const written = []
  const reach = {
    AZURE_AUTHORITY_HOST: authority.environment.AZURE_AUTHORITY_HOST,
    NODE_EXTRA_CA_CERTS: authority.caFile,
    AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY: 'true',
  }
  const doctor = async (args, variables) => {
    const ended = await run([process.execPath, TOOL, ...args], {
      variables: { ...NO_TOOLS, ...reach, ...variables },
    })
    written.push(ended.stdout, ended.stderr)
    return ended
  }
  const examine = async (args, variables) => {
    const { code, stdout, stderr } = await doctor(['doctor', '--json', ...args], variables)
    assert.equal(stderr, '')
    const report = JSON.parse(stdout)
    assert.equal(report.exitCode, code)
    return { ...report, source: (name) => report.sources.find(({ credential }) => credential === name) }
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
