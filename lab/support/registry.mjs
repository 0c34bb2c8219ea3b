import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { close, listen } from '../../testkit/listen.mjs'
import { install } from '../../scripts/setup.mjs'
import { npm, run } from '../../scripts/support/run.mjs'

const TOOLS = fileURLToPath(new URL('tools/', import.meta.url))

/** A file of the package managers that are installed with the registry. @param {string} path */
export const tool = (path) => join(TOOLS, 'node_modules', path)

/**
 * A registry on loopback that keeps what is published to it in `folder`, and passes on every other request
 * from the registry that this machine is set up for.
 *
 * @param {string} folder
 */
export const startRegistry = async (folder) => {
  await install('the registry and the package managers', TOOLS)
  /** @type {{ runServer: (config: object) => Promise<import('node:http').Server> }} */
  const { runServer } = createRequire(import.meta.url)(tool('verdaccio'))
  const configured = await run('asking for the registry', [...npm(), 'config', 'get', 'registry'])
  const [upstream] = /^https?:\S+$/m.exec(configured) ?? []
  if (upstream === undefined) throw new Error(`npm has no registry: ${configured.trim()}`)
  const anyone = { access: '$all', publish: '$all' }
  const server = await runServer({
    self_path: folder,
    configPath: join(folder, 'registry.json'),
    storage: join(folder, 'storage'),
    uplinks: { upstream: { url: upstream, timeout: '60s', maxage: '1h' } },
    // What is ours never comes from elsewhere, whatever is published there under its name.
    packages: { 'azure-openai-entra*': anyone, '**': { ...anyone, proxy: 'upstream' } },
    log: { type: 'stdout', format: 'json', level: 'fatal' },
    max_body_size: '20mb',
  })
  const origin = `http://127.0.0.1:${await listen(server)}`
  // npm publishes only with a token, and this registry accepts any.
  const settings = join(folder, 'publisher.npmrc')
  writeFileSync(settings, `${origin.slice('http:'.length)}/:_authToken=any\n`)
  return {
    origin,
    /** @param {string} archive */
    publish: (archive) => {
      // Only a hosted runner can give provenance.
      const options = ['--registry', origin, '--userconfig', settings, '--provenance=false']
      return run(`publishing ${basename(archive)}`, [...npm(), 'publish', ...options, archive], {
        minutes: 2,
      })
    },
    close: () => close(server),
  }
}
