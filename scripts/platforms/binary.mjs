/** What a Linux addon asks of the machine that loads it. */

import { run } from '../support/run.mjs'
import { GLIBC_FLOOR, MUSL_FLOOR } from './toolchain.mjs'

/**
 * What every machine with that C library has. glibc's parts were libraries of their own before 2.34, and musl's own
 * loader stands for `libc.so`, whatever its file is called.
 */
const ALWAYS_THERE = {
  gnu: /^(lib(c|m|dl|rt|pthread|gcc_s)\.so\.\d+|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
  musl: /^libc\.so$/,
}

/** What musl has gained since {@link MUSL_FLOOR}, as its WHATSNEW says; a weak reference to it may stay open. */
const NEWER_THAN_FLOOR = new Set(
  (
    '_Fork gettid reallocarray tcgetwinsize tcsetwinsize ' +
    'pthread_getname_np qsort_r preadv2 pwritev2 statx'
  ).split(' '),
)

/** @typedef {{ needs: string[], glibc?: string, symbols: string[] }} Binary */

/**
 * The libraries that a binary needs, the newest version of glibc's symbols among them, and what has to be there for it to
 * load.
 *
 * @param {string} file
 * @returns {Promise<Binary>}
 */
export async function describeBinary(file) {
  const text = await run(`reading ${file.split('/').at(-1)}`, [
    'readelf',
    '--wide',
    '--dynamic',
    '--dyn-syms',
    '--version-info',
    file,
  ])
  return parse(text)
}

/** @param {string} text of `readelf --dynamic --dyn-syms --version-info` @returns {Binary} */
export function parse(text) {
  const needs = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)
  const versions = [...text.matchAll(/\bGLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version)
  const symbols = [...text.matchAll(/\bGLOBAL +DEFAULT +UND +([\w.]+)/g)].map(([, name]) => name)
  return { needs, glibc: versions.toSorted(byVersion).at(-1), symbols }
}

/**
 * Why an addon would not load on every machine with its C library; empty if it would.
 *
 * @param {'gnu' | 'musl'} abi
 * @param {Binary} binary
 */
export function whyNotEverywhere(abi, { needs, glibc, symbols }) {
  const reasons = needs
    .filter((name) => !ALWAYS_THERE[abi].test(name))
    .map((name) => `needs ${name}, which not every machine has`)
  if (glibc !== undefined && (abi === 'musl' || byVersion(glibc, GLIBC_FLOOR) > 0))
    reasons.push(
      `asks for glibc ${glibc}, and ${abi === 'musl' ? 'musl has none' : `${GLIBC_FLOOR} is promised`}`,
    )
  if (abi === 'musl')
    for (const name of symbols.filter((it) => NEWER_THAN_FLOOR.has(it)))
      reasons.push(`calls ${name}, which musl ${MUSL_FLOOR} does not have`)
  return reasons
}

/**
 * The same for Windows. The C library of Visual Studio is not part of the system.
 *
 * @param {string} image the file, a character for each byte
 */
export function whyNotEveryWindows(image) {
  const [library] = /\b(?:vcruntime|msvcp)\d+\w*\.dll\b/i.exec(image) ?? []
  return library ? [`needs ${library}, which not every Windows has`] : []
}

/** @param {string} a @param {string} b */
function byVersion(a, b) {
  return a.localeCompare(b, 'en', { numeric: true })
}
