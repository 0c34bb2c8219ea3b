import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
const require = createRequire(import.meta.url)
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

const OPTIONS = (
  '--strict --noUnusedLocals --target es2023 --module nodenext --types node ' +
  '--ignoreConfig --rootDir . --pretty false'
).split(' ')

/**
 * Type-checks one TypeScript file under `strict`, compiles it and loads it: not every Node that the tests run on
 * takes TypeScript by itself.
 *
 * @param {string} file relative to the repository's root
 * @throws with the compiler's messages, if any
 */
export const loadTypeScript = async (file) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
  try {
    const compiled = join(folder, 'out')
    await compile([...OPTIONS, '--outDir', compiled, file])
    // So that it finds this package by its name.
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', 'azure-openai-entra'), 'junction')
    return require(join(compiled, file.replace(/ts$/, 'js')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string[]} options */
const compile = async (options) => {
  try {
    await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: root })
  } catch (error) {
    const { stdout, message } = /** @type {import('node:child_process').ExecFileException} */ (error)
    throw new Error(`tsc: ${stdout || message}`, { cause: error })
  }
}
