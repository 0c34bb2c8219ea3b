import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

import { faultsOf, faultsOfRoot } from '../scripts/structure.mjs'

/** The faults of a repository that holds only `files`. @param {Record<string, string>} files */
function faults(files) {
  const folder = mkdtempSync(join(tmpdir(), 'entra-structure-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return faultsOf(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const circle = (/** @type {string[]} */ ...files) => [
  `These name one another in a circle: ${files.join(', ')}`,
]
const beside = (/** @type {string} */ from, /** @type {string} */ to) => [
  `${from} names ${to}, which stands beside it: share through testkit`,
]
const inside = (/** @type {string} */ from, /** @type {string} */ to) => [
  `${from} names ${to}, which is inside the package: use what it exports`,
]
const up = (/** @type {string} */ from, /** @type {string} */ to) => [
  `${from} names ${to}, which is above it`,
]

describe('the check of the structure', () => {
  test('counts the entries of the root, a folder once', () => {
    const files = Array.from({ length: 39 }, (_, nth) => `file-${nth}`)
    assert.deepEqual(faultsOfRoot([...files, 'lib/a.js', 'lib/b.js']), [])
    assert.match(faultsOfRoot([...files, 'lib/a.js', 'more'])[0], /^The root has 41 entries, more than 40\./)
  })

  for (const [what, files, found] of /** @type {[string, Record<string, string>, string[]][]} */ ([
    [
      'finds a circle of Rust files through `use`',
      {
        'core/src/a.rs': 'use crate::b::B;\npub struct A;',
        'core/src/b.rs': 'use crate::{a::A, c};\npub struct B;',
      },
      circle('core/src/a.rs', 'core/src/b.rs'),
    ],
    [
      'finds a circle through a path in the code and a path of another module',
      { 'core/src/a.rs': 'fn f() { crate::b::g() }', 'core/src/b.rs': 'pub fn g() { super::a::f() }' },
      circle('core/src/a.rs', 'core/src/b.rs'),
    ],
    [
      'finds a circle of a module and its child',
      {
        'core/src/a/mod.rs': 'mod b;\nstruct A;\nfn f() { b::g() }',
        'core/src/a/b.rs': 'use super::A;\npub fn g() {}',
      },
      circle('core/src/a/b.rs', 'core/src/a/mod.rs'),
    ],
    [
      'passes through a module that only hands names on',
      {
        'core/src/a/mod.rs': 'mod b;\nmod c;\npub use b::{B, Other as Shown};\npub use c::C;',
        'core/src/a/b.rs': 'pub struct B;\npub struct Other;',
        'core/src/a/c.rs': 'use super::{B, Shown};\npub struct C;',
      },
      [],
    ],
    [
      'leaves tests, comments and strings out',
      {
        'core/src/a.rs': 'use crate::b::B;\npub struct A;',
        'core/src/b.rs':
          '// crate::a::A\nconst TEXT: &str = "crate::a::A";\n#[cfg(test)]\nmod tests { use crate::a::A; }\n' +
          '#[cfg(any(test, fuzzing))]\nuse crate::a::A;',
      },
      [],
    ],
    [
      'leaves a file that is a module of tests out',
      {
        'core/src/a.rs': 'use crate::b::B;',
        'core/src/b.rs': '#[cfg(test)]\nmod tests;',
        'core/src/b/tests.rs': 'use crate::a;',
      },
      [],
    ],
    [
      'finds an arrow of Rust that runs up',
      { 'core/src/system/mod.rs': 'use crate::http::Http;', 'core/src/http/mod.rs': 'pub trait Http {}' },
      up('core/src/system/mod.rs', 'core/src/http/mod.rs'),
    ],
    [
      'lets the addon use the core',
      {
        'src/lib.rs': 'use azure_openai_entra_core::cache::Cache;',
        'core/src/cache/mod.rs': 'pub struct Cache;',
      },
      [],
    ],
    [
      'finds a circle of JavaScript, whichever way files are loaded',
      {
        'lib/a.js': "const { b } = require('./b')",
        'lib/b.js': "exports.b = () => import('./c.mjs')",
        'lib/c.mjs': "export { a } from './a.js'",
      },
      circle('lib/a.js', 'lib/b.js', 'lib/c.mjs'),
    ],
    [
      'finds an arrow of JavaScript that runs up',
      { 'lib/a.js': "require('../lab/b.mjs')", 'lab/b.mjs': '' },
      up('lib/a.js', 'lab/b.mjs'),
    ],
    [
      'finds a test that names an example, and a lab that names a test',
      {
        '__test__/a.test.mjs': "import '../examples/demo/b.mjs'",
        'examples/demo/b.mjs': '',
        '__test__/support/c.mjs': '',
        'lab/soak/run.mjs': "import '../../__test__/support/c.mjs'",
      },
      [
        ...beside('lab/soak/run.mjs', '__test__/support/c.mjs'),
        ...beside('__test__/a.test.mjs', 'examples/demo/b.mjs'),
      ],
    ],
    [
      'finds a lab that names another, and lets labs share their support and testkit',
      {
        'lab/soak/run.mjs': "import '../faults/run.mjs'\nimport '../support/report.mjs'",
        'lab/faults/run.mjs': "import '../../testkit/a.mjs'\nimport '../support/report.mjs'",
        'lab/support/report.mjs': '',
        'testkit/a.mjs': '',
      },
      beside('lab/soak/run.mjs', 'lab/faults/run.mjs'),
    ],
    [
      'lets tests use what the package exports, and finds a test that looks inside',
      {
        '__test__/a.test.mjs': "import '../index.js'",
        '__test__/b.test.mjs': "import '../lib/a.js'",
        'index.js': '',
        'lib/a.js': '',
      },
      inside('__test__/b.test.mjs', 'lib/a.js'),
    ],
    [
      "leaves what is installed and LibreChat's source out",
      {
        '__test__/librechat/checkout/a.js': "require('../../../lib/a.js')",
        '__test__/clients/node24/node_modules/b/index.js': "require('../../../../../lib/a.js')",
        'lib/a.js': '',
      },
      [],
    ],
    [
      'takes a comment for no import',
      { 'lib/a.js': "// require('./b')\n/** @import { B } from './b' */", 'lib/b.js': "require('./a')" },
      [],
    ],
  ]))
    test(what, () => assert.deepEqual(faults(files), found))
})
