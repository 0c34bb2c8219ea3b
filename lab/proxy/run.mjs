/**
 * The proxy program with real things around it, on loopback.
 *
 *     npm run lab -- proxy rag-api --checkout FOLDER --python FILE
 *     npm run lab -- proxy replicas [--rounds N]
 *     npm run lab -- proxy soak [--minutes N]
 *     npm run lab -- proxy bench [--rounds N] [--seconds N] [--python FILE] [--publish]
 *
 * With `--program FILE` no program is built: that file is driven. Those that `node scripts/build-proxy.mjs` leaves in
 * target/programs/ are a release's.
 *
 * `rag-api` takes a checkout of danny-avila/rag_api, a Python with its requirements, and in `DB_HOST`, `DB_PORT` and
 * `POSTGRES_…` a PostgreSQL with pgvector. `replicas` needs nginx, `soak` Linux, and `bench` both
 * and wrk; its `--python` is a Python with LiteLLM's proxy.
 */

import { parseArgs } from 'node:util'

import { StepFailed } from '../../scripts/support/run.mjs'
import { bench } from './bench.mjs'
import { ragApi } from './rag-api.mjs'
import { replicas } from './replicas.mjs'
import { soak } from './soak.mjs'
import { buildProgram } from './testbed.mjs'

/** @param {string[]} args */
export const proxy = async (args) => {
  const text = /** @type {const} */ ({ type: 'string', multiple: false })
  const flag = /** @type {const} */ ({ type: 'boolean', multiple: false })
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      program: text,
      checkout: text,
      python: text,
      rounds: text,
      minutes: text,
      seconds: text,
      publish: flag,
    },
  })
  const number = (/** @type {'rounds' | 'minutes' | 'seconds'} */ name, /** @type {number} */ usual) => {
    const given = Number(values[name] ?? usual)
    if (!(given > 0)) throw new StepFailed(`--${name} must be a number above 0, and is '${values[name]}'.`)
    return given
  }
  const program = values.program ?? (await buildProgram())
  switch (positionals.join(' ')) {
    case 'rag-api': {
      const { checkout, python } = values
      if (!checkout || !python) throw new StepFailed('rag-api needs --checkout and --python.')
      return ragApi({ program, checkout, python })
    }
    case 'replicas':
      return replicas({ program, rounds: number('rounds', 2) })
    case 'soak':
      return soak({ program, minutes: number('minutes', 10) })
    case 'bench': {
      const { python, publish = false } = values
      return bench({ program, python, publish, rounds: number('rounds', 5), seconds: number('seconds', 4) })
    }
    default:
      throw new StepFailed('Name one: rag-api, replicas, soak or bench.')
  }
}
