/** The proxy program between an identity endpoint and an Azure OpenAI over TLS, all on loopback. */

import { join } from 'node:path'

import { root, run } from '../../scripts/support/run.mjs'
import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { startProxyProgram } from '../../testkit/proxy-program.mjs'
import { tls } from '../../testkit/tls.mjs'

/** A release build on a small machine that does other things as well. */
const BUILD_MINUTES = 60

/** Builds the program as `cargo install` does, without the profile of a release, and gives its path. */
export const buildProgram = async () => {
  const command = ['cargo', 'build', '--release', '--locked', '-p', 'azure-openai-entra-proxy']
  await run('building the proxy', command, { minutes: BUILD_MINUTES })
  return join(root, 'target/release/azure-openai-entra-proxy')
}

/** @typedef {Awaited<ReturnType<typeof startTestbed>>} Testbed */

/**
 * @param {string} program
 * @param {Partial<Parameters<typeof startAzureOpenAI>[0]>} [manner] how Azure OpenAI answers
 */
export const startTestbed = async (program, manner = {}) => {
  const { caFile, ...certificate } = await tls()
  const identity = await startIdentity()
  const azure = await startAzureOpenAI({ knows: identity.knows, tls: certificate, ...manner })
  const variables = { ...identity.environment, SSL_CERT_FILE: caFile }
  return {
    identity,
    azure,
    caFile,
    certificate,
    variables,
    /** Starts a proxy. @param {Partial<Parameters<typeof startProxyProgram>[0]>} [options] */
    proxy: (options) => startProxyProgram({ program, upstream: azure.origin, variables, ...options }),
    close: async () => {
      await azure.close()
      await identity.close()
    },
  }
}
