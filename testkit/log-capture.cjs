'use strict'

// Preloaded into every process and worker of a test run. Most of them (npm, tsc) never load the package, so it is
// not loaded here either: it gets a logger at the moment that it is loaded. The ES-module entry comes by here too,
// since it imports index.js.

/**
 * As it is under its types, which leave this method out.
 *
 * @type {{ prototype: { load: (this: NodeModule, filename: string) => void } }}
 */
// @ts-expect-error: `load` is documented nowhere.
const Module = require('node:module')
const { realpathSync } = require('node:fs')
const { join } = require('node:path')

const { collects, fileLogger } = require('./log-file.cjs')

const entry = join(realpathSync(join(__dirname, '..')), 'index.js')

const load = Module.prototype.load

if (collects) {
  Module.prototype.load = function (filename) {
    const result = load.call(this, filename)
    if (filename === entry) this.exports.setLogger(fileLogger)
    return result
  }
}
