import { variable } from '#doctor-api'

/**
 * Variables that a user set for a service principal and that no credential reads: those of other tools, of files, and empty
 * ones.
 */

/** @typedef {{ what: string, nextStep: string }} Found */

/** Each variable that is read, and how other tools and users write it. @type {[string, string[]][]} */
const SPELLINGS = [
  ['AZURE_TENANT_ID', ['TENANT_ID', 'TENANTID', 'TENANT']],
  ['AZURE_CLIENT_ID', ['CLIENT_ID', 'CLIENTID', 'APP_ID', 'APPLICATION_ID']],
  ['AZURE_CLIENT_SECRET', ['CLIENT_SECRET', 'CLIENTSECRET', 'APP_SECRET', 'SECRET']],
]
const PREFIXES = ['AZURE_', 'ARM_', 'AZURE_AD_', 'AZUREAD_', 'AAD_', 'ENTRA_', 'MICROSOFT_', 'MS_']
/** Without a prefix a shorter name could be anything's. */
const BARE = ['TENANT_ID', 'CLIENT_ID', 'CLIENT_SECRET']

const PRINCIPAL = SPELLINGS.map(([name]) => name)
const isSet = (/** @type {string} */ name) => Boolean(variable(name)?.trim())
const isEmpty = (/** @type {string} */ name) => variable(name)?.trim() === ''
/** "a, b and c". @param {string[]} names */
const list = (names) => names.join(', ').replace(/, ([^,]*)$/, ' and $1')
const are = (/** @type {string[]} */ names) => (names.length === 1 ? 'is' : 'are')
const them = (/** @type {string[]} */ names) => (names.length === 1 ? 'it' : 'them')

/** @returns {Found | undefined} */
export function lookalike() {
  return halfOfHost() ?? ofFiles() ?? otherNames() ?? ofGitHub() ?? empty()
}

/** @returns {Found | undefined} */
function halfOfHost() {
  if (!isSet('IDENTITY_ENDPOINT') || isSet('IDENTITY_HEADER') || isSet('IMDS_ENDPOINT')) return undefined
  return {
    what: 'IDENTITY_ENDPOINT is set without IDENTITY_HEADER',
    nextStep:
      'pass both variables of the app on to this process: sudo, cron, SSH sessions and service managers drop variables',
  }
}

/** As images of databases take their passwords. @returns {Found | undefined} */
function ofFiles() {
  const missing = PRINCIPAL.filter((name) => !isSet(name))
  const inFiles = missing.filter((name) => isSet(`${name}_FILE`))
  if (inFiles.length === 0 || inFiles.length < missing.length) return undefined
  return {
    what: `${list(inFiles.map((name) => `${name}_FILE`))} ${are(inFiles)} set, and no credential reads ${them(inFiles)}`,
    nextStep: `export ${inFiles.map((name) => `${name}="$(cat "$${name}_FILE")"`).join(' ')}`,
  }
}

/** @returns {Found | undefined} */
function otherNames() {
  const found = SPELLINGS.map(([name, spellings]) => {
    if (isSet(name)) return [name, name]
    const names = PREFIXES.flatMap((prefix) => spellings.map((each) => prefix + each)).concat(
      spellings.filter((each) => BARE.includes(each)),
    )
    return [name, names.find((each) => each !== name && isSet(each))]
  })
  const others = found.filter(([name, other]) => name !== other)
  if (others.length === 0 || found.some(([, other]) => other === undefined)) return undefined
  const set = others.map(([, other]) => String(other))
  return {
    what: `${list(set)} ${are(set)} set, and no credential reads ${them(set)}`,
    nextStep: `export ${others.map(([name, other]) => `${name}="$${other}"`).join(' ')}`,
  }
}

/** What `az ad sp create-for-rbac --sdk-auth` prints, as a secret of a repository. @returns {Found | undefined} */
function ofGitHub() {
  if (!isSet('AZURE_CREDENTIALS')) return undefined
  return {
    what: 'AZURE_CREDENTIALS is set, and no credential reads it',
    nextStep: `set ${list(PRINCIPAL)} to its tenantId, clientId and clientSecret, or pass it as 'creds' to the step azure/login`,
  }
}

/** @returns {Found | undefined} */
function empty() {
  const names = PRINCIPAL.filter(isEmpty)
  // AKS leaves the client id of a service account without its annotation empty.
  if (names.length === 0 || isSet('AZURE_FEDERATED_TOKEN_FILE')) return undefined
  const why = isSet('GITHUB_ACTIONS')
    ? 'the repository has no secret of the name in the workflow, or this is a pull request from a fork, which gets none'
    : 'what they are set from is empty or has another name'
  return {
    what: `${list(names)} ${are(names)} set, but empty`,
    nextStep: `give ${them(names)} a value: ${why}`,
  }
}
