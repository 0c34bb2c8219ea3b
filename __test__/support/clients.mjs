import { fileURLToPath } from 'node:url'

import { clientsFolder, clientsIn } from '../../testkit/clients.mjs'

/** Where the client packages of the tests are. */
export const clientsPath = fileURLToPath(new URL(`../clients/${clientsFolder}`, import.meta.url))

export const { client, urlOf, versionOf } = clientsIn(clientsPath)
