/**
 * Runs a lab: what takes too long for `npm test`.
 *
 *     npm run lab                          lists the labs
 *     npm run lab -- NAME [options]        each lab's run.mjs lists its options
 *
 * A lab ends with 1 if this package misses what the lab asks of it.
 */

import { setup } from '../scripts/setup.mjs'
import { StepFailed, runIfMain } from '../scripts/support/run.mjs'

/** @typedef {{ what: string, needs?: Parameters<typeof setup>[0], run: () => Promise<Run> }} Lab */
/** @typedef {(args: string[]) => Promise<boolean | void>} Run a lab's function: false if the package failed */

/** @type {Record<string, Lab>} */
const LABS = {
  bench: {
    what: 'measures this package beside @azure/identity and the floor',
    run: async () => (await import('./bench/run.mjs')).bench,
  },
  clients: {
    what: 'every way of docs/clients.md with the newest version of its client',
    run: async () => (await import('./clients/run.mjs')).clients,
  },
  conformance: {
    what: 'every case against this package and @azure/identity',
    needs: { clients: true },
    run: async () => (await import('./conformance/run.mjs')).conformance,
  },
  faults: {
    what: 'every fault of an endpoint in every state of the cache',
    run: async () => (await import('./faults/run.mjs')).faults,
  },
  fuzz: {
    what: 'made-up bytes for every parser of foreign ones',
    needs: { addon: false },
    run: async () => (await import('./fuzz/run.mjs')).fuzz,
  },
  hosts: {
    what: 'bundlers, frameworks and runtimes with an app that uses the packed archives',
    run: async () => (await import('./hosts/run.mjs')).hosts,
  },
  librechat: {
    what: "what reaches the wire from LibreChat's clients",
    needs: { clients: true },
    run: async () => (await import('./librechat/run.mjs')).librechat,
  },
  proxy: {
    what: 'the proxy program with real clients, replicas, faults and other proxies around it',
    needs: { addon: false },
    run: async () => (await import('./proxy/run.mjs')).proxy,
  },
  rehearsal: {
    what: 'packs a release, publishes it to a registry on loopback and installs it',
    needs: { addon: false },
    run: async () => (await import('./rehearsal/run.mjs')).rehearsal,
  },
  simulation: {
    what: 'fleets of up to 100,000 replicas over three days with an outage, by the shipped rules',
    needs: { addon: false },
    run: async () => (await import('./simulation/run.mjs')).simulation,
  },
  swap: {
    what: 'packages that use @azure/identity, with this one in its place',
    run: async () => (await import('./swap/run.mjs')).swap,
  },
  soak: {
    what: 'hours of load beside @azure/identity: leaks, wrong and expired tokens',
    run: async () => (await import('./soak/run.mjs')).soak,
  },
}

await runIfMain(import.meta.url, async () => {
  const [name, ...args] = process.argv.slice(2)
  const list = Object.entries(LABS).map(([lab, { what }]) => `  ${lab.padEnd(12)} ${what}\n`)
  if (name === undefined) return process.stdout.write(`npm run lab -- NAME [options]\n\n${list.join('')}`)
  if (!Object.hasOwn(LABS, name)) throw new StepFailed(`There is no lab ${name}, only:\n\n${list.join('')}`)
  const lab = LABS[name]
  await setup(lab.needs)
  const run = await lab.run()
  if ((await run(args)) === false) process.exitCode = 1
})
