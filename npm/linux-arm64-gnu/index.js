'use strict'

const { createRequire } = require('node:module')
const { join } = require('node:path')

// Bundlers, which cannot read an addon, do not follow this require.
module.exports = createRequire(__filename)(`${__dirname}/azure-openai-entra.linux-arm64-gnu.node`)

// Tools that collect an app's files follow a join. It is not run, because an app's test may mock `path`.
void (() => join(__dirname, 'azure-openai-entra.linux-arm64-gnu.node'))
