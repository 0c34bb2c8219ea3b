/**
 * The proxy program with real things around it, on loopback.
 *
 *     npm run lab -- proxy rag-api --checkout FOLDER --python FILE
 *
 * `rag-api` takes a checkout of danny-avila/rag_api, a Python with its requirements, and in `DB_HOST`, `DB_PORT` and
 * `POSTGRES_…` a PostgreSQL with pgvector.
 */

import { parseArgs } from 'node:util'

import { StepFailed } from '../../scripts/support/run.mjs'
import { ragApi } from './rag-api.mjs'
import { buildProgram } from './testbed.mjs'

/** @param {string[]} args */
export const proxy = async (args) => {
  const text = /** @type {const} */ ({ type: 'string', multiple: false })
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { checkout: text, python: text },
  })
  const program = await buildProgram()
  switch (positionals.join(' ')) {
    case 'rag-api': {
      const { checkout, python } = values
      if (!checkout || !python) throw new StepFailed('rag-api needs --checkout and --python.')
      return ragApi({ program, checkout, python })
    }
    default:
      throw new StepFailed('Name one: rag-api.')
  }
}
