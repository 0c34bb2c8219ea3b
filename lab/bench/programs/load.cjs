'use strict'

// Loads one implementation, or none, and makes at most a credential with it.

const { writeSync } = require('node:fs')
const { load, use } = JSON.parse(process.argv[2])
const loaded = load && require(load)
if (use && load) Reflect.construct(loaded.DefaultAzureCredential, [])
const modules = Object.keys(require.cache).length - 1
const { peakMemory } = require('./implementations.cjs')
writeSync(1, JSON.stringify({ peak: peakMemory(), modules }))
