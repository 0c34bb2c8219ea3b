'use strict'

const { shown } = require('./shown')

/** What the audience of the default scope begins with, in each cloud. */
const OF_DEFAULT = 'https://cognitiveservices.azure.'
/** As Azure's services say it: in brackets, quotation marks or behind a comma. */
const EXPECTED = /audience is incorrect[^a-z]{1,4}https:\/\/([a-z0-9.-]{4,100})/i

/**
 * The audience that a 401 names, in lower case.
 *
 * @param {string} said
 */
function audienceIn(said) {
  const host = EXPECTED.exec(said)?.[1]?.toLowerCase()
  return host && `https://${shown('host', host)}`
}

module.exports = { OF_DEFAULT, audienceIn }
