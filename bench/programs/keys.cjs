'use strict'

// Cached calls in turn over many scopes.

const { SUBJECTS, report, spec } = require('./subjects.cjs')

/** Sockets are few. */
const AT_ONCE = 50

const main = async ({ subject, keys, calls }) => {
  const credential = SUBJECTS[subject]().newCredential()
  const scopes = Array.from({ length: keys }, (_, i) => `https://resource-${i}.example/.default`)
  for (let i = 0; i < keys; i += AT_ONCE)
    await Promise.all(scopes.slice(i, i + AT_ONCE).map((scope) => credential.getToken(scope)))
  const round = async () => {
    const began = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) await credential.getToken(scopes[i % keys])
    return Number(process.hrtime.bigint() - began) / calls
  }
  await round()
  report({ time: await round() })
}
main(spec())
