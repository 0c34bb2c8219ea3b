'use strict'

// Loads one implementation, or none, and does nothing with it.

const { writeSync } = require('node:fs')
const { load } = JSON.parse(process.argv[2])
if (load) require(load)
const modules = Object.keys(require.cache).length - 1
const { peakMemory } = require('./implementations.cjs')
writeSync(1, JSON.stringify({ peak: peakMemory(), modules }))
