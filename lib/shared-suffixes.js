'use strict'

/**
 * Suffixes below which strangers can get a name, so that a wildcard there would hand tokens to strangers. A table, because
 * the public suffix list lacks most of Azure's and would be a dependency at run time.
 */
const SHARED = [
  'azure-api.net',
  'azure-mobile.net',
  'azureedge.net',
  'azurefd.us',
  'azurewebsites.us',
  'chinacloudsites.cn',
  'cloudapp.net',
  'trafficmanager.net',
  'usgovtrafficmanager.net',
  'azure-api.us',
  'azure-api.cn',
  'windows.net',
  'blob.core.windows.net',
  'web.core.windows.net',
  'amazonaws.com',
  'cloudfront.net',
  'elb.amazonaws.com',
  'execute-api.amazonaws.com',
  'fly.dev',
  'appspot.com',
  'run.app',
  'web.app',
  'firebaseapp.com',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'loca.lt',
  'netlify.app',
  'ngrok.app',
  'ngrok.dev',
  'ngrok.io',
  'ngrok-free.app',
  'ngrok-free.dev',
  'onrender.com',
  'pages.dev',
  'railway.app',
  'trycloudflare.com',
  'vercel.app',
  'workers.dev',
]

/** The same, also with one more label, which is a region, a number or a kind that all customers share. */
const REGIONAL = [
  'azurefd.net',
  'azurecontainer.io',
  'azurecontainerapps.io',
  'azurestaticapps.net',
  'azurewebsites.net',
  'cloudapp.azure.com',
  'cloudapp.azure.us',
  'cloudapp.azure.cn',
  'cloudapp.chinacloudapi.cn',
  'cloudapp.usgovcloudapi.net',
  'devtunnels.ms',
  'ml.azure.com',
  ...['azure.com', 'azure.us', 'azure.cn'].flatMap((zone) =>
    ['openai', 'cognitiveservices', 'services.ai', 'models.ai'].map((service) => `${service}.${zone}`),
  ),
]

/** What registries of countries sell names below, such as `co.uk`. */
const SECOND_LEVEL = /^(?:ac|co|com|edu|gob|gouv|gov|go|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}$/

/**
 * Whether strangers can get a name below `suffix`, or below a shared suffix that is below it.
 *
 * @param {string} suffix without a leading dot, in lower case
 */
function isShared(suffix) {
  if (SECOND_LEVEL.test(suffix)) return true
  const parent = suffix.slice(suffix.indexOf('.') + 1)
  return (
    REGIONAL.includes(parent) ||
    [...SHARED, ...REGIONAL].some((shared) => shared === suffix || shared.endsWith(`.${suffix}`))
  )
}

module.exports = { isShared }
