'use strict'

/**
 * Suffixes below which every customer can get a name, at any depth: a label between is a region, a number or a kind of
 * service. A wildcard there would send tokens to strangers. This is a table, because the public suffix list lacks most of
 * Azure's and would be a dependency at run time.
 */
const SHARED = [
  'azure.com',
  'azure.us',
  'azure.cn',
  'azure.de',
  'azure.net',
  'windows.net',
  'chinacloudapi.cn',
  'chinacloudapp.cn',
  'usgovcloudapi.net',
  'azure-api.net',
  'azure-api.us',
  'azure-api.cn',
  'azure-mobile.net',
  'azurecontainer.io',
  'azurecontainer.us',
  'azurecontainer.cn',
  'azuredatabricks.net',
  'azuredatabricks.us',
  'azuredatabricks.cn',
  'azureedge.net',
  'azureedge.us',
  'azureedge.cn',
  'azurefd.net',
  'azurefd.us',
  'azurefd.cn',
  'azureml.ms',
  'azurestaticapps.net',
  'azurestaticapps.us',
  'azurestaticapps.cn',
  'azurewebsites.net',
  'azurewebsites.us',
  'azmk8s.io',
  'azk8s.cn',
  'chinacloudsites.cn',
  'cloudapp.net',
  'devtunnels.ms',
  'trafficmanager.net',
  'trafficmanager.cn',
  'usgovtrafficmanager.net',
  'amazonaws.com',
  'amazonaws.com.cn',
  'amplifyapp.com',
  'awsapprunner.com',
  'cloudfront.net',
  'elasticbeanstalk.com',
  'on.aws',
  'appspot.com',
  'cloudfunctions.net',
  'firebaseapp.com',
  'run.app',
  'web.app',
  'app.github.dev',
  'deno.dev',
  'digitaloceanspaces.com',
  'duckdns.org',
  'fly.dev',
  'glitch.me',
  'gradio.live',
  'herokuapp.com',
  'hf.space',
  'koyeb.app',
  'loca.lt',
  'netlify.app',
  'ngrok.app',
  'ngrok.dev',
  'ngrok.io',
  'ngrok-free.app',
  'ngrok-free.dev',
  'nip.io',
  'ondigitalocean.app',
  'onrender.com',
  'railway.app',
  'replit.dev',
  'serveo.net',
  'sslip.io',
  'surge.sh',
  'trycloudflare.com',
  'vercel.app',
  'aliyuncs.com',
  'appserviceenvironment.net',
  'appserviceenvironment.us',
  'appserviceenvironment.cn',
  'databricksapps.com',
  'azure-automation.net',
  'azure-devices.net',
  'azurecr.io',
  'azurehdinsight.net',
  'azurehealthcareapis.com',
  'azuremicroservices.io',
  'azuresynapse.net',
  'b-cdn.net',
  'blogspot.com',
  'bolt.host',
  'botframework.com',
  'cloudflarestorage.com',
  'ddns.net',
  'de.com',
  'dyndns.org',
  'eu.com',
  'eu.org',
  'framer.app',
  'googleusercontent.com',
  'hopto.org',
  'lhr.life',
  'localhost.run',
  'lovable.app',
  'microsoftazure.de',
  'modal.run',
  'myshopify.com',
  'no-ip.org',
  'oraclecloud.com',
  'powerappsportals.com',
  'powerplatform.com',
  'r2.dev',
  'repl.co',
  'replit.app',
  'sharepoint.com',
  'signalr.net',
  'streamlit.app',
  'supabase.co',
  'traefik.me',
  'ts.net',
  'uk.com',
  'us.com',
  'usgovcloudapp.net',
  'val.run',
  'webflow.io',
  'wordpress.com',
  'arpa',
]

/**
 * The same, if one customer owns all that is below the name that it gets: by how many labels more that name has.
 *
 * @type {Record<string, number>}
 */
const OWNED_BELOW = {
  'aksapp.io': 2,
  'aroapp.io': 2,
  'azurecontainerapps.cn': 2,
  'azurecontainerapps.io': 2,
  'azurecontainerapps.us': 2,
  'github.io': 1,
  'gitlab.io': 1,
  'pages.dev': 1,
  'workers.dev': 1,
}

/** @type {[string, number][]} */
const DEPTHS = [
  .../** @type {[string, number][]} */ (SHARED.map((name) => [name, Infinity])),
  ...Object.entries(OWNED_BELOW),
]

/** What registries of countries sell names below, such as `co.uk`. */
const SECOND_LEVEL =
  /^(?:ac|art|arts|asso|biz|co|com|coop|desa|ed|edu|firm|gen|go|gob|gouv|gov|govt|gv|idv|ind|info|int|k12|ltd|me|med|mil|mobi|my|name|ne|net|nom|nt|or|org|plc|press|pro|rec|sch|school|shop|store|tm|tv|web)\.[a-z]{2}$/

/** The schools, libraries and towns of a state: `k12.ca.us`. */
const OF_A_STATE = /^(?:[a-z\d-]+\.)?[a-z]{2}\.us$/

/**
 * Whether every customer can get a name below `suffix`, or below a shared suffix that is below it.
 *
 * @param {string} suffix without a leading dot, in lower case
 */
function isShared(suffix) {
  // The same host in DNS, and TLS proves the name without the dot.
  const name = suffix.replace(/\.$/, '')
  if (SECOND_LEVEL.test(name) || OF_A_STATE.test(name)) return true
  return DEPTHS.some(([shared, depth]) => {
    if (shared === name || shared.endsWith(`.${name}`)) return true
    return name.endsWith(`.${shared}`) && labels(name) - labels(shared) < depth
  })
}

/** @param {string} name */
function labels(name) {
  return name.split('.').length
}

module.exports = { isShared }
