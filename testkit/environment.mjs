/** What a developer's machine may have set that would decide a test's outcome. */
const LEAKS = [
  /^(AZURE|IDENTITY|MSI|IMDS|OPENAI|LANGCHAIN|LANGSMITH)_/i,
  /^(HTTPS?_|ALL_|NO_)?PROXY$/i,
  /^DEFAULT_IDENTITY_CLIENT_ID$/,
  /^(DEBUG|DEBUG_OPENAI|DEBUG_LOGGING)$/,
  // Node's test runner sets the first in a terminal.
  /^(FORCE_COLOR|NO_COLOR|NODE_DISABLE_COLORS)$/,
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/,
]
/** The test runner's own variables for coverage. A developer's would write to stderr. */
const KEPT = new Set(process.env.ENTRA_TEST_LOG_DIR ? ['AZURE_LOG_LEVEL'] : [])

/** No address: a test without an IMDS of its own fails at once, and sends nothing to the real one. */
const NO_IMDS = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'a stand-in of the test, which it did not start' }

/** @param {string} name */
const leaks = (name) => !KEPT.has(name) && LEAKS.some((pattern) => pattern.test(name))

/**
 * This process's environment without what could leak into a test, and with `variables`: for child processes and
 * worker threads.
 *
 * @param {Record<string, string | undefined>} variables
 */
export const environmentWith = (variables = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !leaks(name))),
  ...NO_IMDS,
  ...defined(variables),
})

/**
 * Runs `fn` with `process.env` as {@link environmentWith} says, and restores it.
 *
 * @template T
 * @param {Record<string, string | undefined>} variables
 * @param {() => T | Promise<T>} fn
 */
export const withEnvironment = async (variables, fn) => {
  const before = { ...process.env }
  become(environmentWith(variables))
  try {
    return await fn()
  } finally {
    become(before)
  }
}

/** How often `fn` has all of `process.env` read. @param {() => unknown} fn */
export const looksAtEnvironment = async (fn) => {
  const environment = process.env
  let looks = 0
  process.env = new Proxy(environment, {
    ownKeys: (target) => {
      looks += 1
      return Reflect.ownKeys(target)
    },
  })
  try {
    await fn()
  } finally {
    process.env = environment
  }
  return looks
}

/** @param {Record<string, string | undefined>} variables @returns {Record<string, string>} */
const defined = (variables) =>
  /** @type {Record<string, string>} */ (
    Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined))
  )

/** @param {NodeJS.ProcessEnv} wanted */
const become = (wanted) => {
  for (const name of Object.keys(process.env)) if (!(name in wanted)) delete process.env[name]
  Object.assign(process.env, wanted)
}
