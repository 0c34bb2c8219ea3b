'use strict'

// A function of AWS Lambda that needs a token for each event.

const { IMPLEMENTATIONS, spec } = require('./implementations.cjs')

/** @type {{ implementation: import('./implementations.cjs').Name }} */
const { implementation } = spec()
const provider = IMPLEMENTATIONS[implementation]().newProvider()

exports.handler = async () => ({ characters: (await provider()).length })
