import { parseArgs } from 'node:util'

import { redacted, shown } from '#shown'

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
    throw new UsageError(redacted(/** @type {Error} */ (error).message))
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
