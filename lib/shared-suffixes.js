'use strict'

/**
 * Names of Azure and of Microsoft's other services below which every customer can get one, under the top-level domains of all their
 * clouds: most have twins for governments and countries, and the clouds of national partners have `sovcloud-` in their names.
 */
const MICROSOFTS =
  /^(?:(?:appserviceenvironment|azconfig|azk8s|azmk8s|azure|azure-api|azure-apihub|azure-apim|azure-automation|azure-devices|azure-mobile|azurecontainer|azurecontainerapps|azurecr|azuredatabricks|azureedge|azurefd|azurehdinsight|azurehealthcareapis|azuremicroservices|azureml|azurestaticapps|azuresynapse|azurewebsites|botframework|chinacloudapi|chinacloudapp|chinacloudsites|cloudapp|databricksapps|devtunnels|dynamics|k4apps|microsoftazure|microsoftcrmportals|msappproxy|msecnd|powerappsportals|powerplatform|sharepoint|signalr|trafficmanager|usgovcloudapi|usgovcloudapp|usgovtrafficmanager|visualstudio)\.(?:com|net|[a-z]{2})|sovcloud-[a-z\d-]*\.[a-z]{2})$/

/**
 * Others' suffixes below which every customer can get a name, at any depth: a label between is a region, a number or a kind of
 * service. A wildcard there would send tokens to strangers. This is a table, because the public suffix list lacks most of
 * Azure's and would be a dependency at run time.
 */
const SHARED = [
  'aliyuncs.com',
  'amazonaws.com',
  'amazonaws.com.cn',
  'amplifyapp.com',
  'app.github.dev',
  'appdomain.cloud',
  'appspot.com',
  'awsapprunner.com',
  'b-cdn.net',
  'blogspot.com',
  'bolt.host',
  'cfargotunnel.com',
  'cleverapps.io',
  'cloudflarestorage.com',
  'cloudfront.net',
  'cloudfunctions.net',
  'cloudworkstations.dev',
  'code.run',
  'convex.site',
  'csb.app',
  'ddns.net',
  'de.com',
  'deno.dev',
  'digitaloceanspaces.com',
  'duckdns.org',
  'dyndns.org',
  'eaglex.ic.gov',
  'edgecompute.app',
  'edgeone.app',
  'elasticbeanstalk.com',
  'eu.com',
  'eu.org',
  'fcapp.run',
  'firebaseapp.com',
  'fly.dev',
  'framer.app',
  'gitpod.io',
  'glitch.me',
  'googleusercontent.com',
  'gradio.live',
  'herokuapp.com',
  'hf.space',
  'hopto.org',
  'hosted.app',
  'kinsta.app',
  'koyeb.app',
  'lhr.life',
  'linodeobjects.com',
  'loca.lt',
  'localhost.run',
  'lovable.app',
  'microsoft.scloud',
  'modal.run',
  'myshopify.com',
  'netlify.app',
  'ngrok-free.app',
  'ngrok-free.dev',
  'ngrok.app',
  'ngrok.dev',
  'ngrok.io',
  'nip.io',
  'no-ip.org',
  'northflank.app',
  'now.sh',
  'on.aws',
  'ondigitalocean.app',
  'onrender.com',
  'openshiftapps.com',
  'oraclecloud.com',
  'pantheonsite.io',
  'pinggy.link',
  'platformsh.site',
  'pythonanywhere.com',
  'r2.dev',
  'railway.app',
  'repl.co',
  'replit.app',
  'replit.dev',
  'run.app',
  'runpod.net',
  'scalingo.io',
  'scw.cloud',
  'serveo.net',
  'snowflakecomputing.app',
  'sslip.io',
  'streamlit.app',
  'supabase.co',
  'surge.sh',
  'traefik.me',
  'trycloudflare.com',
  'ts.net',
  'uk.com',
  'us.com',
  'val.run',
  'vercel.app',
  'web.app',
  'webflow.io',
  'windows.net',
  'wixsite.com',
  'wordpress.com',
  'zeabur.app',
  'zrok.io',
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
  const domain = name.split('.').slice(-2).join('.')
  if (MICROSOFTS.test(domain) && !Object.hasOwn(OWNED_BELOW, domain)) return true
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
