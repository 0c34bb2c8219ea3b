/** Parses and type-checks files of LibreChat by themselves: none of its dependencies need to be installed. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { transformSync } from 'esbuild'

import { root, tool } from '../../scripts/support/run.mjs'

/**
 * By another parser than the tool's own.
 *
 * @param {string} folder
 * @param {string[]} paths
 * @returns {string[]}
 */
export const parseFailures = (folder, paths) =>
  paths.flatMap((path) => {
    try {
      transformSync(readFileSync(join(folder, path), 'utf8'), { loader: path.endsWith('.ts') ? 'ts' : 'js' })
      return []
    } catch (error) {
      return [`${path}: ${/** @type {Error} */ (error).message}`]
    }
  })

/** The compiler, which takes seconds, hangs. */
const LIMIT_MS = 10 * 60_000

/** LibreChat does not type-check its JavaScript: there, only a name that nothing declares, or two things, counts. */
const IN_JAVASCRIPT = /error TS(2304|2552|2300|2451):/

const compilerOptions = {
  allowJs: true,
  checkJs: true,
  strict: true,
  noEmit: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  module: 'preserve',
  moduleResolution: 'bundler',
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  skipLibCheck: true,
  paths: { 'azure-openai-entra': [join(root, 'index.d.ts')], '~/*': ['./packages/api/src/*'] },
}

/**
 * The type errors in some files. LibreChat's packages that are not there cause errors of their own: what the change
 * adds is told by the difference.
 *
 * @param {string} folder
 * @param {string[]} paths
 * @returns {string[]} without positions, because the change moves lines
 */
export const typeErrors = (folder, paths) => {
  const [project, modules] = ['tsconfig.lab.json', 'modules.lab.d.ts'].map((name) => join(folder, name))
  writeFileSync(modules, "declare module '*'\n")
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ['modules.lab.d.ts', ...paths] }))
  try {
    const [node, tsc] = tool('tsc', 'typescript')
    const command = [tsc, '--project', project, '--pretty', 'false']
    const { stdout, stderr, status, error } = spawnSync(node, command, {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      timeout: LIMIT_MS,
    })
    if (error) return [`tsc cannot be started, or does not end: ${error.message}`]
    if (status === null || stdout + stderr === '') return status === 0 ? [] : [`tsc: ${stderr}`]
    return stdout.split('\n').flatMap((line) => {
      const [, path, message] = /^(\S+)\(\d+,\d+\): (.+)$/.exec(line) ?? []
      if (!paths.includes(path) || (path.endsWith('.js') && !IN_JAVASCRIPT.test(message))) return []
      return [`${path}: ${message}`]
    })
  } finally {
    rmSync(project, { force: true })
    rmSync(modules, { force: true })
  }
}
