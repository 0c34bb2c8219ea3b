import { getSystemErrorMap } from 'node:util'

import { shown } from '#shown'

/**
 * What failed. Of Node's message only the parts without the path, which it quotes as it was typed; of any other error its code or
 * its class.
 *
 * @param {unknown} error
 */
export function failureOf(error) {
  if (!isSystemError(error)) {
    const { code, name } = /** @type {NodeJS.ErrnoException} */ (error)
    return code ?? name
  }
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
