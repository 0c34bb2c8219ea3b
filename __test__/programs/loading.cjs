// Loads the module of the argument, then uses it as an app does that leaves Entra ID off. Prints what was loaded and which
// functions of fs were called at each step, apart from what Node's loader calls.
'use strict'

const fs = require('node:fs')
/** @type {any} the types do not know the function by which it loads */
const Module = require('node:module')

/** @type {{ loaded: string[], called: string[] }} */
const seen = { loaded: [], called: [] }
const load = Module._load
Module._load = function (/** @type {string} */ request, /** @type {unknown[]} */ ...rest) {
  seen.loaded.push(request)
  return load.call(this, request, ...rest)
}
const { dlopen } = process
process.dlopen = (/** @type {[object, string]} */ ...args) => {
  seen.called.push('dlopen')
  return dlopen(...args)
}
for (const [name, original] of Object.entries(fs)) {
  if (typeof original !== 'function' || /^[A-Z]/.test(name)) continue
  /** @this {unknown} @param {unknown[]} args */
  const watched = function (...args) {
    const [, , caller = ''] = new Error('the caller').stack?.split('\n') ?? []
    if (!caller.includes('node:internal/')) seen.called.push(name)
    return Reflect.apply(original, this, args)
  }
  Object.assign(fs, { [name]: Object.assign(watched, original) })
}

/** What was seen since the last call. */
const take = () => ({ loaded: seen.loaded.splice(0), called: seen.called.splice(0) })

async function main() {
  const [, , file] = process.argv
  const entra = file.endsWith('.mjs') ? await import(file) : require(file)
  const atLoad = take()
  if (entra.shouldUseEntraId) {
    const { entraIdFetch, applyEntraIdAuth, healthHandler, setLogger, EntraIdError, ENTRA_ID_PLACEHOLDER } =
      entra
    const ignore = () => {}
    setLogger({ debug: ignore, info: ignore, warn: ignore, error: ignore })
    applyEntraIdAuth({ configOptions: {} })
    healthHandler({ fetch: true })
    const inner = async () => new Response(ENTRA_ID_PLACEHOLDER)
    const { status } = await entraIdFetch(inner)('https://other.example/', { headers: { 'api-key': 'x' } })
    if (entra.shouldUseEntraId() || status !== 200) throw new EntraIdError({ code: 'ENTRA_ID_CONFIGURATION' })
  }
  const inUse = take()
  process.stdout.write(JSON.stringify({ atLoad, inUse }))
}
main()
