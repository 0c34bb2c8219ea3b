import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { parse, whyNotEverywhere, whyNotEveryWindows } from '../scripts/platforms/binary.mjs'

/** As `readelf --wide --dynamic --dyn-syms --version-info` prints it. */
/** @param {{ needs?: string[], versions?: string[], symbols?: { name: string, bind: string }[] }} binary */
const told = ({ needs = [], symbols = [], versions = [] }) =>
  [
    ...needs.map((name) => ` 0x0000000000000001 (NEEDED)             Shared library: [${name}]`),
    ...symbols.map(
      ({ name, bind }, i) => `    ${i}: 0000000000000000     0 FUNC    ${bind} DEFAULT  UND ${name}`,
    ),
    ...versions.map((name) => `  0x0010:   Name: ${name}  Flags: none  Version: 4`),
  ].join('\n')

describe('an addon for Linux', () => {
  /** @type {{ what: string, abi: 'gnu' | 'musl', binary: Parameters<typeof told>[0], reasons: string[] }[]} */
  const binaries = [
    {
      what: 'glibc as old as is promised',
      abi: 'gnu',
      binary: {
        needs: ['libc.so.6', 'libm.so.6', 'ld-linux-aarch64.so.1'],
        versions: ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBC_2.9'],
        symbols: [{ name: 'statx', bind: 'GLOBAL' }],
      },
      reasons: [],
    },
    {
      what: 'a newer glibc',
      abi: 'gnu',
      binary: { needs: ['libc.so.6'], versions: ['GLIBC_2.9', 'GLIBC_2.34', 'GLIBC_2.17'] },
      reasons: ['asks for glibc 2.34, and 2.17 is promised'],
    },
    {
      what: "a library that is not the system's",
      abi: 'gnu',
      binary: { needs: ['libssl.so.3', 'libc.so.6'] },
      reasons: ['needs libssl.so.3, which not every machine has'],
    },
    {
      what: 'only musl, and what may be missing from it',
      abi: 'musl',
      binary: {
        needs: ['libc.so'],
        symbols: [
          { name: 'read', bind: 'GLOBAL' },
          { name: 'gettid', bind: 'WEAK  ' },
        ],
      },
      reasons: [],
    },
    {
      what: 'a function that musl gained later',
      abi: 'musl',
      binary: { needs: ['libc.so'], symbols: [{ name: 'qsort_r', bind: 'GLOBAL' }] },
      reasons: ['calls qsort_r, which musl 1.2 does not have'],
    },
    {
      what: 'glibc instead of musl',
      abi: 'musl',
      binary: { needs: ['libgcc_s.so.1'], versions: ['GLIBC_2.17'] },
      reasons: ['needs libgcc_s.so.1, which not every machine has', 'asks for glibc 2.17, and musl has none'],
    },
  ]
  for (const { what, abi, binary, reasons } of binaries) {
    test(`${abi}, that needs ${what}: ${reasons.length === 0 ? 'loads' : reasons}`, () =>
      assert.deepEqual(whyNotEverywhere(abi, parse(told(binary))), reasons))
  }
})

describe('an addon for Windows', () => {
  test("that brings its C library, beside the system's own libraries: loads", () =>
    assert.deepEqual(whyNotEveryWindows('\0KERNEL32.dll\0ws2_32.dll\0'), []))

  test("that needs Visual Studio's: does not load everywhere", () =>
    assert.deepEqual(whyNotEveryWindows('\0KERNEL32.dll\0VCRUNTIME140.dll\0'), [
      'needs VCRUNTIME140.dll, which not every Windows has',
    ]))
})
