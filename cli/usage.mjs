import { parseArgs } from 'node:util'

import { quoted, redacted, shown } from '#shown'

/** The command line is wrong. The message is printed with a hint at `--help`. */
export class UsageError extends Error {}

/**
 * Node's `parseArgs`, whose errors are errors of usage.
 *
 * @template {import('node:util').ParseArgsConfig} Config
 * @param {Config} config
 * @returns {ReturnType<typeof parseArgs<Config>>}
 */
export function readArguments(config) {
  try {
    return parseArgs(config)
  } catch (error) {
    // Node quotes what it does not know, which can be the value of a flag that was left out.
    const { message } = /** @type {Error} */ (error)
    const said = /^(Unexpected argument|Unknown option) '(.*?)'(?=\. |$)/s.exec(message)
    if (said === null) throw new UsageError(redacted(message))
    const rest = message.slice(said[0].length).replace(/ To specify .*/s, '')
    throw new UsageError(`${said[1]} ${quoted('words', said[2])}${rest}`)
  }
}

/**
 * Reads variables from a file as dotenv does: variables that are set keep their values. (Node takes `--env-file` for
 * itself, in any position.)
 *
 * @param {string | undefined} path
 */
export function loadEnvironment(path) {
  if (path === undefined) return
  try {
    process.loadEnvFile(path)
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    throw new UsageError(
      `--dotenv ${shown('path', path)} cannot be read: ${code}. Pass a file that exists and is readable.`,
    )
  }
}
