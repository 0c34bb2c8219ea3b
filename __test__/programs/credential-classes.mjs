// Makes the credentials that it is told to, of the package that it is told to, and says what each call brought.
import { createRequire } from 'node:module'

const identity = createRequire(import.meta.url)(process.argv[2])

/** What cannot cross as JSON. @type {Record<string, (argument: string) => () => Promise<string>>} */
const FUNCTIONS = {
  gives: (text) => async () => text,
  throws: (message) => async () => {
    throw new TypeError(message)
  },
}

/** @param {any} value of JSON @returns {any} what it stands for */
const revived = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const [[name, argument] = ['']] = Object.entries(value)
  if (name in FUNCTIONS) return FUNCTIONS[name](argument)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]))
}

/** @param {any} error of either package */
const toldOf = (error) => ({
  isError: error instanceof Error,
  name: error.name,
  message: error.message,
  code: error.code,
  statusCode: error.statusCode,
  error: error.errorResponse?.error,
  description: error.errorResponse?.errorDescription,
  scopes: error.scopes,
  cause: error.cause?.message,
  instances: [
    'CredentialUnavailableError',
    'AuthenticationError',
    'AuthenticationRequiredError',
    'AggregateAuthenticationError',
  ].filter((name) => error instanceof identity[name]),
})

/** @param {any} told what the test sends */
const act = async ({ name, args, env, scopes, options, isProvider }) => {
  Object.assign(process.env, env)
  try {
    const credential = new identity[name](...args.map(revived))
    if (isProvider) return { token: await identity.getBearerTokenProvider(credential, scopes)() }
    const given = await credential.getToken(scopes, options)
    return {
      token: given.token,
      tokenType: given.tokenType,
      hasExpiry: given.expiresOnTimestamp > Date.now(),
    }
  } catch (error) {
    return toldOf(error)
  } finally {
    for (const variable of Object.keys(env ?? {})) delete process.env[variable]
  }
}

process.on('message', async (/** @type {any} what the test sends */ told) => {
  if (told === 'end') return process.disconnect()
  process.send?.(await act(told))
})
