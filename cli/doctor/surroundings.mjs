import { statSync } from 'node:fs'

import { reachAuthority, variable } from '#doctor-api'
import { described, isHostBehindLogin, kindOf, shown } from '#shown'

import { textOfFile } from '../foreign-text.mjs'
import { hasSwitch } from './app.mjs'
import { audience } from './audience.mjs'

/** Entra ID refuses assertions, and Azure OpenAI tokens, of clocks that are further off. */
const CLOCK_SLACK_MS = 5 * 60_000

const CA_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']

/**
 * One thing between here and Entra ID, and whether it is as it should be.
 *
 * @typedef {{ what: string, ok: boolean, found: string, nextStep?: string }} Finding
 */

/**
 * @param {{ app?: string, url?: URL, scope?: string }} asked the app's folder, the endpoint and the scope, if given
 * @returns {Promise<Finding[]>}
 */
export async function lookAround({ app = '.', url, scope }) {
  const reached = await reachAuthority()
  return [
    ...(hasSwitch(app) ? [theSwitch()] : []),
    hosts(),
    authority(reached),
    ...clock(reached.date),
    proxy(reached.proxyVariable, reached.host === '' ? undefined : reached.refused?.code),
    ...CA_VARIABLES.flatMap((name) => caFile(name, variable(name), reached.caFaults)),
    ...(scope === undefined ? audience(url, reached.openaiScope) : []),
  ]
}

/** What people write for a switch. Any other word may be a password. */
const SWITCH = /^(?:true|false|yes|no|on|off|[01])$/i

/** @returns {Finding} */
function theSwitch() {
  const value = variable('AZURE_OPENAI_USE_ENTRA_ID')
  const isOn = value?.trim().toLowerCase() === 'true'
  const told = value !== undefined && SWITCH.test(value.trim()) ? value.trim() : described(value ?? '')
  const found =
    value === undefined ? 'AZURE_OPENAI_USE_ENTRA_ID is not set' : `AZURE_OPENAI_USE_ENTRA_ID=${told}`
  if (isOn) return { what: 'switch', ok: true, found }
  return {
    what: 'switch',
    ok: true,
    found: `${found}: LibreChat continues with keys`,
    nextStep: "set AZURE_OPENAI_USE_ENTRA_ID=true in LibreChat's environment",
  }
}

/** @returns {Finding} */
function hosts() {
  const what = 'hosts'
  const pinned = variable('AZURE_OPENAI_ENTRA_HOSTS')
  if (pinned !== undefined) {
    const isEmpty = pinned.split(/[\s,;]+/).every((entry) => entry === '')
    const found = isEmpty
      ? 'AZURE_OPENAI_ENTRA_HOSTS names none, so that no host gets a token'
      : 'pinned by AZURE_OPENAI_ENTRA_HOSTS'
    return isEmpty
      ? { what, ok: false, found, nextStep: "set it to your resource's host" }
      : { what, ok: true, found }
  }
  return {
    what,
    ok: true,
    found: 'not pinned: every host of Azure OpenAI gets a token, also one from a URL that a user gives',
    nextStep: "set AZURE_OPENAI_ENTRA_HOSTS to your resource's host",
  }
}

/**
 * @param {Awaited<ReturnType<typeof reachAuthority>>} reached
 * @returns {Finding}
 */
function authority({ host, status, durationMs, refused }) {
  const what = 'authority'
  if (host === '') return { what, ok: false, found: 'not asked: a variable is wrong, see the last line' }
  if (refused) return { what, ok: false, found: refused.message }
  const found = `${host} answered ${status} in ${Math.round(durationMs)} ms`
  if (status === 200) return { what, ok: true, found }
  const nextStep =
    status === 400 || status === 404
      ? 'look at AZURE_TENANT_ID and AZURE_AUTHORITY_HOST: the authority knows no such tenant'
      : 'check whether a proxy or a firewall answered instead'
  return { what, ok: false, found, nextStep }
}

/**
 * @param {number | null | undefined} date
 * @returns {Finding[]}
 */
function clock(date) {
  if (date === null || date === undefined) return []
  const ahead = Date.now() - date
  const seconds = Math.round(Math.abs(ahead) / 1000)
  // The header has whole seconds, and the answer took its time.
  if (seconds <= 2) return [{ what: 'clock', ok: true, found: "agrees with the authority's" }]
  const found = `${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the authority's`
  if (Math.abs(ahead) < CLOCK_SLACK_MS) return [{ what: 'clock', ok: true, found }]
  return [{ what: 'clock', ok: false, found, nextStep: "set this machine's clock, for instance with NTP" }]
}

/**
 * @param {string | null | undefined} name the proxy's variable
 * @param {string | undefined} failure the code of why nothing came back by it
 * @returns {Finding}
 */
function proxy(name, failure) {
  const what = 'proxy'
  if (!name) return { what, ok: true, found: 'none' }
  const value = variable(name) || variable(name.toLowerCase()) || ''
  // As the core reads it: many are only host:port.
  const address = value.includes('://') ? value : `http://${value}`
  // Only its host: the rest can hold a password.
  const host = isOfProxy(address) ? shown('host', new URL(address).host) : 'no URL'
  const exceptions = variable('NO_PROXY') || variable('no_proxy')
  const found = `${host}, from ${name}${exceptions ? `; not for ${exceptionsToShow(exceptions)}, from NO_PROXY` : ''}`
  if (failure === undefined) return { what, ok: true, found }
  // What is no proxy at all is told beside the authority.
  if (failure === 'ENTRA_ID_CONFIGURATION') return { what, ok: false, found }
  return { what, ok: false, found, nextStep: 'check that the proxy is running and allows the authority' }
}

/**
 * Whether `address`, as it is written, is one of a proxy. Of a password with a `/`, `?`, `#` or `@` in it, the parser takes a
 * part for the host. The core has the same rule, and both are tested on one table.
 *
 * @param {string} address
 */
export function isOfProxy(address) {
  if (!URL.canParse(address)) return false
  const rest = address.slice(address.indexOf('://') + 3)
  const place = rest.slice(rest.lastIndexOf('@') + 1).replace(/\/$/, '')
  const login = rest.slice(0, rest.lastIndexOf('@') + 1)
  const isLogin = login === '' || login.includes(':') || new URL(address).hostname.includes('.')
  return isLogin && isHostBehindLogin(address) && !/[/?#\\]/.test(place) && kindOf(place) === undefined
}

const DOTLESS_AND_MORE = /(?:^|[\s,;])(?:\w+:\/\/)?[^\s,;/.:]+\/(?!\d{1,3}(?:[\s,;]|$))[^\s,;]/

/** Only their hosts and blocks of addresses: a path behind them is of no use, and may be anything. @param {string} text */
function exceptionsToShow(text) {
  // What stands before the / of a password is no host: a name that leads somewhere else has a dot.
  if (DOTLESS_AND_MORE.test(text)) return described(text)
  const hosts = text.replaceAll(/(?<=[^\s,;/:])\/(?!\d{1,3}(?:[\s,;]|$))[^\s,;]*/g, '')
  return shown('hosts', kindOf(text) === undefined ? hosts : text)
}

/**
 * @param {string} name
 * @param {string | undefined} path
 * @param {Awaited<ReturnType<typeof reachAuthority>>['caFaults']} faults
 * @returns {Finding[]}
 */
function caFile(name, path, faults) {
  if (!path) return []
  const what = 'CA file'
  const wrong = faults.filter(({ variable: named }) => named === name)
  if (wrong.length > 0)
    return wrong.map(({ reason, nextStep }) => ({ what, ok: false, found: reason, nextStep }))
  const file = shown('path', path)
  const nextStep = `set ${name} to a file that this user can read`
  try {
    if (!statSync(path).isFile())
      return [{ what, ok: false, found: `${file}, from ${name}: no file`, nextStep }]
    const count = (textOfFile(path) ?? '').split('-----BEGIN CERTIFICATE-----').length - 1
    const found = `${file}, from ${name}: ${count} ${count === 1 ? 'certificate' : 'certificates'}`
    if (count > 0) return [{ what, ok: true, found }]
    return [{ what, ok: false, found, nextStep: 'set the variable to a file of PEM certificates' }]
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    return [{ what, ok: false, found: `${file}, from ${name}: ${code}`, nextStep }]
  }
}
