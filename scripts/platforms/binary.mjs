/** What a Linux addon asks of the machine that loads it. */

import { run } from '../support/run.mjs'
import { GLIBC_FLOOR } from './toolchain.mjs'

/**
 * What every machine with that C library has. glibc's parts were libraries of their own before 2.34, and musl's own
 * loader stands for `libc.so`, whatever its file is called.
 */
const ALWAYS_THERE = {
  gnu: /^(lib(c|m|dl|rt|pthread|gcc_s)\.so\.\d+|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
  musl: /^libc\.so$/,
}

/**
 * The libraries that a binary needs, and the newest version of glibc's symbols among them.
 *
 * @param {string} file
 * @returns {Promise<{ needs: string[], glibc?: string }>}
 */
export async function describeBinary(file) {
  const text = await run(`reading ${file.split('/').at(-1)}`, [
    'readelf',
    '--wide',
    '--dynamic',
    '--version-info',
    file,
  ])
  return parse(text)
}

/** @param {string} text of `readelf --dynamic --version-info` */
export function parse(text) {
  const needs = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)
  const versions = [...text.matchAll(/\bGLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version)
  return { needs, glibc: versions.toSorted(byVersion).at(-1) }
}

/**
 * Why an addon would not load on every machine with its C library; empty where it would.
 *
 * @param {'gnu' | 'musl'} abi
 * @param {{ needs: string[], glibc?: string }} binary
 */
export function whyNotEverywhere(abi, { needs, glibc }) {
  const reasons = needs
    .filter((name) => !ALWAYS_THERE[abi].test(name))
    .map((name) => `needs ${name}, which not every machine has`)
  if (glibc !== undefined && (abi === 'musl' || byVersion(glibc, GLIBC_FLOOR) > 0))
    reasons.push(
      `asks for glibc ${glibc}, and ${abi === 'musl' ? 'musl has none' : `${GLIBC_FLOOR} is promised`}`,
    )
  return reasons
}

/** @param {string} a @param {string} b */
function byVersion(a, b) {
  return a.localeCompare(b, 'en', { numeric: true })
}
