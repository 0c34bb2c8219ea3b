import { createRequire } from 'node:module'

const { fileLogger } = createRequire(import.meta.url)('../../testkit/log-file.cjs')

/**
 * For tests of `setLogger`, which replaces the logger that collects the run's log: passes every line to both.
 *
 * @param {import('azure-openai-entra').Logger} logger
 * @returns {import('azure-openai-entra').Logger}
 */
export const tee = (logger) =>
  /** @type {any} fromEntries knows no names */ (
    Object.fromEntries(
      Object.entries(fileLogger).map(([level, keep]) => [
        level,
        (/** @type {string} */ message) => {
          keep(message)
          return logger[/** @type {keyof typeof logger} */ (level)](message)
        },
      ]),
    )
  )

/** Back to the logger that the run was started with. */
export const collectingLogger = fileLogger
