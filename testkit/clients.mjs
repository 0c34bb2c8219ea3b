import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const major = Number(process.versions.node.split('.')[0])

/** The folder of packages that are driven, by its name: that of the running Node unless told otherwise. */
export const clientsFolder = process.env.ENTRA_CLIENTS ?? (major >= 22 ? 'node24' : 'node20')

/** The client packages that are installed in `folder`. @param {string} folder */
export const clientsIn = (folder) => {
  const require = createRequire(join(folder, 'package.json'))
  return {
    /**
     * A client package. By `require`, which also finds ES-module-only packages if they need a Node that can do that.
     *
     * @param {string} name
     */
    client: (name) => require(name),
    /** Where it is, to import it: Node 20 cannot require an ES module. @param {string} name */
    urlOf: (name) => pathToFileURL(require.resolve(name)).href,
    /** Its version, for the names of tests. @param {string} name */
    versionOf: (name) => require(`${require.resolve.paths(name)?.[0]}/${name}/package.json`).version,
  }
}
