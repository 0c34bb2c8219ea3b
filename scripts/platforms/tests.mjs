/** The tests that are run on other platforms, by their names below `__test__/`. */

/** The core, in one process. */
export const CORE = [
  'token',
  'token-request',
  'errors',
  'azure-cli',
  'bad-input',
  'bad-variables',
  'bad-answers',
  'should-use-entra-id',
  'environment',
  'abort',
]

/** Also what starts programs, and the hook of `--require` under the clients that LibreChat has. */
export const EVERYTHING = [
  ...CORE,
  'workers',
  'jemalloc',
  'register/app',
  'register/attacks',
  'register/places',
  'register/sdks',
  'register/transports',
]
