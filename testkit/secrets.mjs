import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

/**
 * A new random secret. Each is entered in the ledger, so that what the whole run logged can be searched for all of
 * them. The random part comes first, so that a part of a secret is found too.
 *
 * @param {string} name what it is, for the message of a failed assertion
 */
export const secret = (name) => {
  const value = `${randomBytes(32).toString('hex')}-${name}`
  enter(value)
  return value
}

/** Enters a secret that was made elsewhere. @param {string} value */
export const enter = (value) => {
  const directory = process.env.ENTRA_TEST_LOG_DIR
  if (!directory) return
  appendFileSync(join(directory, `${process.pid}-${threadId}.secrets`), `${JSON.stringify(value)}\n`)
}
