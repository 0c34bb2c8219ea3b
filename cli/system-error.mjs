import { getSystemErrorMap } from 'node:util'

import { redacted, shown } from '#shown'

/**
 * What failed. Of Node's message only the parts without the path, which it quotes as it was typed.
 *
 * @param {unknown} error
 */
export function failureOf(error) {
  if (!isSystemError(error)) return redacted(/** @type {Error} */ (error).message)
  const { code, errno, syscall } = error
  const [, meaning] = getSystemErrorMap().get(errno ?? 0) ?? []
  return `${code}: ${meaning === undefined ? '' : `${meaning}, `}${syscall}`
}

/**
 * The same with the path, if it has the form of one.
 *
 * @param {NodeJS.ErrnoException} error
 */
export function failureAtPath(error) {
  return error.path === undefined ? failureOf(error) : `${shown('path', error.path)}: ${failureOf(error)}`
}

/**
 * @param {unknown} error
 * @returns {error is NodeJS.ErrnoException}
 */
export const isSystemError = (error) => error instanceof Error && 'syscall' in error
