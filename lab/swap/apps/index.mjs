import { BACKSTAGE } from './backstage.mjs'
import { CLIENTS } from './clients.mjs'
import { DEPENDENTS } from './dependents.mjs'
import { MESSAGING } from './messaging.mjs'
import { SQL } from './sql.mjs'
import { STORAGE } from './storage.mjs'

/**
 * What an app does, in a process of its own whose packages are in its working directory.
 *
 * @typedef {import('../../../testkit/stand-in.mjs').Request} Request
 * @typedef {import('../../../testkit/stand-in.mjs').Answer} Answer
 * @typedef {any} Package of another author
 * @typedef {{ load: (name: string) => Promise<Package>, of: (name: string) => string }} Given `of` reads a variable of the app
 * @typedef {{
 *   name: string, packages: string[], classes: string, identity: keyof import('../testbed.mjs').Identities,
 *   run: (given: Given) => Promise<unknown>, serve?: Serve, challenge?: Serve,
 * }} App `serve` answers a request with a good token, `challenge` a request without one
 * @typedef {(request: Request & { host: string, origin: string, tenantId: string, nth: number }) => Answer} Serve `nth`: how many good
 *   requests the path had with this one
 */

/** @type {App[]} */
export const APPS = [...STORAGE, ...CLIENTS, ...SQL, ...MESSAGING, ...BACKSTAGE, ...DEPENDENTS]
