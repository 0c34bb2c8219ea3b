'use strict'

// Bundlers, which cannot read an addon, do not follow this require.
const { createRequire } = require('node:module')

module.exports = createRequire(__filename)(`${__dirname}/azure-openai-entra.win32-arm64-msvc.node`)
