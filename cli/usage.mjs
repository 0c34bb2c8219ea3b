import { parseArgs } from 'node:util'

import { shown } from '#shown'

import { quotedWord } from './forms.mjs'

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
  } catch {
    throw new UsageError(faultIn(config) ?? 'The arguments cannot be read.')
  }
}

/**
 * What is wrong with the arguments. Node's message quotes what it does not know, which can be the value of a flag that was
 * left out.
 *
 * @param {import('node:util').ParseArgsConfig} config
 */
function faultIn({ args, options = {}, allowPositionals }) {
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional' && !allowPositionals)
      return `Unexpected argument ${quotedWord(token.value)}. This command takes only options.`
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    if (!Object.hasOwn(options, name)) return `Unknown option ${quotedWord(rawName)}.`
    const takesValue = options[name].type === 'string'
    if (!takesValue && value !== undefined) return `--${name} takes no value.`
    if (takesValue && value === undefined) return `--${name} needs a value.`
    if (takesValue && !inlineValue && value?.startsWith('-'))
      return `--${name} needs a value. Put a value with a leading - into --${name}=<value>.`
  }
  return undefined
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
