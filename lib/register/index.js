'use strict'

// oxlint-disable-next-line import/no-unassigned-import -- it keeps the context of this moment
require('../load-context')

const { hookFetch } = require('./fetch')
const { hookHttp } = require('./http')
const { lookAhead } = require('./placeholder')
const { hookRefusals } = require('./refusals')
const { hookUndici } = require('./undici')

/** Shared with other copies of this package: NODE_OPTIONS and several installations can load more than one. */
const REGISTERED = Symbol.for('azure-openai-entra.register')

/**
 * Exchanges the operator's placeholder in what this thread sends from now on.
 *
 * Little is loaded and nothing decided here: `.env` files are read later, and npm and shells load this too.
 */
function register() {
  if (REGISTERED in globalThis) return
  Object.defineProperty(globalThis, REGISTERED, { value: true })
  hookFetch()
  hookUndici()
  hookHttp()
  hookRefusals()
  lookAhead()
}

module.exports = { register }
