import { certificates } from './certificates.mjs'
import { entra } from './entra.mjs'
import { hosts } from './hosts.mjs'
import { proxies } from './proxies.mjs'
import { settings } from './settings.mjs'
import { tls } from './tls.mjs'
import { tools } from './tools.mjs'

/**
 * What people meet, what they must be told is wrong, and what to do: through the error, the doctor's last line and docs/.
 *
 * A row is one line: `[name, stage, cause, step]`. `cause` and `step` must stand in the message; what an endpoint or a tool
 * says itself counts as cause.
 *
 * @typedef {[
 *   name: string, stage: import('./stages.mjs').Stage, cause: string, step: string,
 * ]} Row
 *
 * @type {{ area: string, rows: Row[] }[]}
 */
export const SITUATIONS = [...settings, ...entra, ...hosts, ...tools, ...certificates, ...tls, ...proxies]
