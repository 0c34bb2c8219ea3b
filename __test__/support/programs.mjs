import { fileURLToPath } from 'node:url'

import { start } from '../../testkit/process.mjs'

/** The path of a program in `__test__/programs`. @param {string} name */
export const programPath = (name) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url))

/**
 * Starts a program of `__test__/programs` on this Node.
 *
 * @param {string} name
 * @param {Parameters<typeof start>[1] & { args?: string[] }} [setting]
 */
export const startProgram = (name, { args = [], ...setting } = {}) =>
  start([process.execPath, programPath(name), ...args], setting)

/**
 * Runs a program of `__test__/programs` on this Node to its end.
 *
 * @param {string} name
 * @param {Parameters<typeof startProgram>[1]} [setting]
 */
export const runProgram = (name, setting) => startProgram(name, setting).ended()
