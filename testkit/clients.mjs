import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const major = Number(process.versions.node.split('.')[0])

/** The folder of `__test__/clients` whose packages are driven: those of the running Node unless told otherwise. */
export const clientsFolder = process.env.ENTRA_CLIENTS ?? (major >= 22 ? 'node24' : 'node20')

const require = createRequire(new URL(`../__test__/clients/${clientsFolder}/package.json`, import.meta.url))

/**
 * A client package of that folder. By `require`, which also finds ES-module-only packages if they need a Node that
 * can do that.
 *
 * @param {string} name
 */
export const client = (name) => require(name)

/** Where it is, to import it: Node 20 cannot require an ES module. @param {string} name */
export const urlOf = (name) => pathToFileURL(require.resolve(name)).href

/** Its version, for the names of tests. @param {string} name */
export const versionOf = (name) => require(`${require.resolve.paths(name)?.[0]}/${name}/package.json`).version
