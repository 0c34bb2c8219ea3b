import { fileURLToPath } from 'node:url'

import { clientsFolder, clientsIn } from '../../testkit/clients.mjs'

/** @typedef {any} Driven what a client package exports or makes: any, because those of several versions are driven */

/** Where the client packages of the tests are. */
export const clientsPath = fileURLToPath(new URL(`../clients/${clientsFolder}`, import.meta.url))

export const { client, urlOf, versionOf } = clientsIn(clientsPath)

/** Undici's, of each form that its requests have had: the headers are text up to 6.6, and a list since. */
export const UNDICI_NAMES = ['undici-5', 'undici-6-6', 'undici-6', 'undici-7']
