'use strict'

const { member } = require('./own')
const { requirePeer } = require('./require-peer')

/** The name under which an app installs Microsoft's package if this package has taken the place of the other name. */
const ALIAS = '@azure/identity-real'

/**
 * Microsoft's `@azure/identity`, if the app has installed it.
 *
 * @returns {any} any, because it need not be installed
 */
function realIdentity() {
  const found = requirePeer('@azure/identity')
  return found === undefined || isThisPackage(found) ? requirePeer(ALIAS) : found
}

/**
 * The command that installs it beside this package.
 *
 * @param {string[]} plugins
 */
function installCommand(...plugins) {
  const isSwapped = isThisPackage(requirePeer('@azure/identity'))
  return ['npm install', isSwapped ? `${ALIAS}@npm:@azure/identity` : '@azure/identity', ...plugins].join(' ')
}

/** @param {any} identity what an app has installed as `@azure/identity` */
function isThisPackage(identity) {
  return member(identity, 'EntraIdError') !== undefined
}

module.exports = { installCommand, realIdentity }
