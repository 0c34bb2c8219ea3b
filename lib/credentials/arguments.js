'use strict'

const { numberOf } = require('../app-credential')
const { variable } = require('../environment')
const { configurationError } = require('../error')
const { atFirstUse } = require('../first-use')
const { CredentialUnavailableError } = require('../identity-error')
const { optionalSwitch, optionalString, optionsObject, wrong } = require('../options')
const { own, trimmed } = require('../own')

/** @typedef {import('../native').ClassCall} ClassCall */
/**
 * What the arguments of a class come to: options as of `DefaultAzureCredentialOptions`, parameters of its own, and what
 * must live as long as the credential.
 *
 * @typedef {{ options: Record<string, unknown>, parameters: ClassCall, held?: unknown }} Arguments_
 * @typedef {typeof PARSERS} Arguments
 */

/** The options of `DefaultAzureCredential` that a class has only if it says so. */
const OF_SOME = new Set([
  'tenantId',
  'managedIdentityClientId',
  'managedIdentityResourceId',
  'managedIdentityObjectId',
  'workloadIdentityClientId',
  'enableAzureProxy',
  'subscription',
  'requiredEnvVars',
])

const TROUBLESHOOT =
  'To troubleshoot, visit https://aka.ms/azsdk/js/identity/serviceprincipalauthentication/troubleshoot.'

/**
 * The options that all classes have, and those of `names`.
 *
 * @param {Record<string, unknown>} given
 * @param {string[]} [names]
 */
const shared = (given, names = []) =>
  own(
    Object.fromEntries(Object.entries(given).filter(([name]) => !OF_SOME.has(name) || names.includes(name))),
  )

/**
 * The text of a parameter that a class cannot do without.
 *
 * @param {string} name of the class
 * @param {Record<string, unknown>} parameters
 * @param {string} parameter
 * @param {string} [advice]
 */
function required(name, parameters, parameter, advice = '') {
  const text = optionalString(parameter, parameters[parameter])
  if (!text?.trim()) throw missing(name, parameter, advice)
  return text
}

/**
 * In `@azure/identity`'s words, which apps look for.
 *
 * @param {string} name
 * @param {string} parameter
 * @param {string} [advice]
 */
function missing(name, parameter, advice = '') {
  const message = `${name}: ${parameter} is a required parameter.`
  return new CredentialUnavailableError(advice ? `${message} ${advice}` : message)
}

/**
 * The function that gives an assertion, by its number.
 *
 * @param {unknown} getAssertion
 */
function assertionBy(getAssertion) {
  if (typeof getAssertion !== 'function') throw wrong('getAssertion', 'a function', getAssertion)
  return numberOf(getAssertion)
}

/**
 * The place of a certificate, from a path or from `@azure/identity`'s `ClientCertificateCredentialPEMConfiguration`.
 *
 * @param {unknown} given
 */
function certificateOf(given) {
  const isPath = typeof given === 'string'
  const members = optionsObject('certificate', isPath ? { certificatePath: given } : given)
  const certificate = optionalString('certificate', members.certificate) || undefined
  const certificatePath = optionalString('certificatePath', members.certificatePath) || undefined
  const name = 'ClientCertificateCredential'
  if (certificate && certificatePath) {
    throw configurationError(
      `${name}: certificate and certificatePath are both given. Remove one of them. ${TROUBLESHOOT}`,
    )
  }
  if (!certificate && !certificatePath) {
    throw configurationError(
      `${name}: Provide either a PEM certificate in string form, or the path to that certificate in the filesystem. ` +
        TROUBLESHOOT,
    )
  }
  const certificatePassword = optionalString('certificatePassword', members.certificatePassword) || undefined
  return { certificate, certificatePath, certificatePassword }
}

/**
 * A class of a tool, or of an identity that the variables name.
 *
 * @param {string} name
 * @param {string[]} names the options that it has besides the shared ones
 * @returns {(given: unknown[]) => Arguments_}
 */
const simple =
  (name, names = []) =>
  ([options]) => ({
    options: shared(optionsObject('options', options), names),
    parameters: own({ name }),
  })

/** What `az` takes for a subscription: the core asks for no other. */
const SUBSCRIPTION = /^[\w. -]*$/

/** @param {unknown[]} given @returns {Arguments_} */
function azureCli(given) {
  const parsed = simple('AzureCliCredential', ['tenantId', 'subscription'])(given)
  const { subscription } = parsed.options
  if (typeof subscription === 'string' && !SUBSCRIPTION.test(subscription)) {
    throw configurationError(
      `AzureCliCredential: subscription contains invalid characters. Use the subscription's ID instead of its name. ` +
        `'az account list --output table' shows both.`,
    )
  }
  return parsed
}

/** @param {unknown[]} given @returns {Arguments_} */
function managedIdentity([first, second]) {
  const name = 'ManagedIdentityCredential'
  const isId = typeof first === 'string'
  const options = optionsObject('options', isId ? second : first)
  const clientId = isId ? first : options.clientId
  const ids = {
    managedIdentityClientId: optionalString('clientId', clientId) || undefined,
    managedIdentityResourceId: optionalString('resourceId', options.resourceId) || undefined,
    managedIdentityObjectId: optionalString('objectId', options.objectId) || undefined,
  }
  if (Object.values(ids).filter(Boolean).length > 1) {
    throw configurationError(
      `${name}: only one of 'clientId', 'resourceId', or 'objectId' can be provided. Keep one of them.`,
    )
  }
  return { options: { ...shared(options), ...ids }, parameters: own({ name }) }
}

/** If the variable or the option says nothing, or `file`. @param {string} [assertion] */
function namesFile(assertion = '') {
  const said = assertion.trim().replace(/^["']/, '').replace(/["']$/, '').trim().toLowerCase()
  return said === '' || said === 'file'
}

/** @param {unknown[]} given @returns {Arguments_} */
function workloadIdentity([given]) {
  const name = 'WorkloadIdentityCredential'
  const options = optionsObject('options', given)
  const tokenFilePath = optionalString('tokenFilePath', options.tokenFilePath) || undefined
  const clientId = optionalString('clientId', options.clientId) || undefined
  const assertion = trimmed(optionalString('assertion', options.assertion) ?? '') || undefined
  if (tokenFilePath && assertion && !namesFile(assertion)) {
    throw configurationError(
      `${name}: only one of 'assertion' and 'tokenFilePath' can be provided. Keep one of them.`,
    )
  }
  const isOfFile = namesFile(assertion ?? variable('AZURE_OPENAI_ENTRA_ASSERTION'))
  const needed = /** @type {const} */ ([
    ['clientId', clientId, 'AZURE_CLIENT_ID', variable('AZURE_CLIENT_ID')],
    ['tenantId', options.tenantId, 'AZURE_TENANT_ID', variable('AZURE_TENANT_ID')],
    ['tokenFilePath', tokenFilePath, 'AZURE_FEDERATED_TOKEN_FILE', variable('AZURE_FEDERATED_TOKEN_FILE')],
  ])
  for (const [parameter, option, variableName, value] of needed) {
    if (!option && !value && (isOfFile || parameter !== 'tokenFilePath'))
      throw missing(`${name}: is unavailable`, parameter, `Pass it, or set ${variableName}.`)
  }
  return {
    options: { ...shared(options, ['tenantId', 'enableAzureProxy']), workloadIdentityClientId: clientId },
    parameters: own({
      name,
      tokenFilePath,
      assertion,
      assertionClientId: optionalString('assertionClientId', options.assertionClientId) || undefined,
    }),
  }
}

/** @param {unknown[]} given @returns {Arguments_} */
function clientSecret([tenantId, clientId, secret, options]) {
  const name = 'ClientSecretCredential'
  const given = { tenantId, clientId, clientSecret: secret }
  return {
    options: {
      ...shared(optionsObject('options', options)),
      tenantId: required(name, given, 'tenantId', TROUBLESHOOT),
    },
    parameters: own({
      name,
      clientId: required(name, given, 'clientId', TROUBLESHOOT),
      clientSecret: required(name, given, 'clientSecret', TROUBLESHOOT),
    }),
  }
}

/** @param {unknown[]} given @returns {Arguments_} */
function clientCertificate([tenantId, clientId, certificate, options]) {
  const name = 'ClientCertificateCredential'
  const [tenant, client] = [optionalString('tenantId', tenantId), optionalString('clientId', clientId)]
  if (!tenant?.trim() || !client?.trim()) {
    throw configurationError(`${name}: tenantId and clientId are required parameters.`)
  }
  const given = optionsObject('options', options)
  return {
    options: { ...shared(given), tenantId: tenant },
    parameters: own({
      name,
      clientId: client,
      ...certificateOf(certificate),
      sendCertificateChain: optionalSwitch('sendCertificateChain', given.sendCertificateChain),
    }),
  }
}

/** @param {unknown[]} given @returns {Arguments_} */
function clientAssertion([tenantId, clientId, getAssertion, options]) {
  const name = 'ClientAssertionCredential'
  const given = { tenantId, clientId }
  const tenant = required(name, given, 'tenantId')
  const client = required(name, given, 'clientId')
  if (!getAssertion) throw missing(name, 'clientAssertion')
  return {
    options: { ...shared(optionsObject('options', options)), tenantId: tenant },
    parameters: own({ name, clientId: client, getAssertion: assertionBy(getAssertion) }),
    held: getAssertion,
  }
}

/** @param {unknown[]} given @param {object} credential @returns {Arguments_} */
function onBehalfOf([given], credential) {
  const name = 'OnBehalfOfCredential'
  const options = optionsObject('options', given)
  const tenantId = required(name, options, 'tenantId', TROUBLESHOOT)
  const clientId = required(name, options, 'clientId', TROUBLESHOOT)
  const certificatePath = optionalString('certificatePath', options.certificatePath) || undefined
  const secret = optionalString('clientSecret', options.clientSecret) || undefined
  const { getAssertion } = options
  if (!secret && !certificatePath && !getAssertion) {
    throw new CredentialUnavailableError(
      `${name}: You must provide one of clientSecret, certificatePath, or a getAssertion callback but none were ` +
        `provided. ${TROUBLESHOOT}`,
    )
  }
  // In @azure/identity's order, if there are several.
  const held = certificatePath || secret ? undefined : getAssertion
  return {
    options: { ...shared(options), tenantId },
    parameters: own({
      name,
      clientId,
      certificatePath,
      clientSecret: secret,
      sendCertificateChain: optionalSwitch('sendCertificateChain', options.sendCertificateChain),
      getAssertion: held === undefined ? undefined : assertionBy(held),
      userAssertionToken: required(name, options, 'userAssertionToken', TROUBLESHOOT),
      // The user's token is forgotten with the last object that can ask for it.
      holder: numberOf(credential),
    }),
    held,
  }
}

/** @param {unknown[]} given @returns {Arguments_} */
function azurePipelines([tenantId, clientId, serviceConnectionId, systemAccessToken, options]) {
  const name = 'AzurePipelinesCredential'
  const given = { clientId, tenantId, serviceConnectionId, systemAccessToken }
  const prefix = `${name}: is unavailable`
  const text = (/** @type {keyof typeof given} */ parameter) => required(prefix, given, parameter)
  const parameters = own({
    name,
    clientId: text('clientId'),
    serviceConnectionId: text('serviceConnectionId'),
    systemAccessToken: text('systemAccessToken'),
  })
  const tenant = text('tenantId')
  if (!variable('SYSTEM_OIDCREQUESTURI')) {
    throw new CredentialUnavailableError(
      `${prefix}. Ensure that you're running this task in an Azure Pipeline, so that following missing system ` +
        'variable(s) can be defined- "SYSTEM_OIDCREQUESTURI"',
    )
  }
  return { options: { ...shared(optionsObject('options', options)), tenantId: tenant }, parameters }
}

const PARSERS = {
  ManagedIdentityCredential: managedIdentity,
  WorkloadIdentityCredential: workloadIdentity,
  EnvironmentCredential: simple('EnvironmentCredential'),
  ClientSecretCredential: clientSecret,
  ClientCertificateCredential: clientCertificate,
  ClientAssertionCredential: clientAssertion,
  OnBehalfOfCredential: onBehalfOf,
  AzurePipelinesCredential: azurePipelines,
  AzureCliCredential: azureCli,
  AzureDeveloperCliCredential: simple('AzureDeveloperCliCredential', ['tenantId']),
  AzurePowerShellCredential: simple('AzurePowerShellCredential', ['tenantId']),
  VisualStudioCodeCredential: simple('VisualStudioCodeCredential', ['tenantId']),
}

/** The classes whose tokens `@azure/identity` can keep on disk. @type {Set<keyof Arguments>} */
const ON_DISK = new Set([
  'AzurePipelinesCredential',
  'ClientAssertionCredential',
  'ClientCertificateCredential',
  'ClientSecretCredential',
  'OnBehalfOfCredential',
  'WorkloadIdentityCredential',
])

/**
 * An app that asks for a cache on disk learns that this package keeps tokens only in memory.
 *
 * @param {keyof Arguments} name
 * @param {Record<string, unknown>} options
 */
function refuseDisk(name, options) {
  const { tokenCachePersistenceOptions } = own(options)
  const { enabled } = optionsObject('tokenCachePersistenceOptions', tokenCachePersistenceOptions)
  if (!enabled) return
  const { installCommand } = atFirstUse(() => require('../real-identity'))
  throw configurationError(
    `${name}: tokenCachePersistenceOptions.enabled is set, and this package keeps tokens only in memory. Remove it, or ` +
      `run ${installCommand('@azure/identity-cache-persistence')} and use the class of that package.`,
  )
}

/**
 * @param {keyof Arguments} name
 * @param {unknown[]} given
 * @param {object} credential
 */
function parse(name, given, credential) {
  const parsed = PARSERS[name](given, credential)
  if (ON_DISK.has(name)) refuseDisk(name, parsed.options)
  return parsed
}

module.exports = { parse }
