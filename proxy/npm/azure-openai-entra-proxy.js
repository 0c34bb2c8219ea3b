#!/usr/bin/env node
'use strict'

// Starts the program of this platform's package. Signals and the exit code pass through.

const { spawn } = require('node:child_process')
const { accessSync, constants, existsSync } = require('node:fs')
const { isAbsolute, join } = require('node:path')

const NAME = 'azure-openai-entra-proxy'
const PACKAGE = `${NAME}-${process.platform}-${process.arch}`
const PROGRAM = process.platform === 'win32' ? `${NAME}.exe` : NAME
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

function programFile() {
  try {
    const file = installedFile()
    accessSync(file, constants.X_OK)
    return file
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    const reason = code === 'MODULE_NOT_FOUND' ? 'is not installed' : `cannot be run: ${message}`
    process.stderr.write(
      `The package ${PACKAGE} ${reason}. Install ${NAME} again, with its optional dependencies, on this machine.\n`,
    )
    process.exit(1)
  }
}

/** Never in the working directory, which NODE_PATH names by its relative folders. */
function installedFile() {
  const folders = require.resolve.paths(PACKAGE) ?? []
  const isPlanted = folders.some((folder) => !isAbsolute(folder) && existsSync(join(folder, PACKAGE)))
  if (!isPlanted) return require.resolve(`${PACKAGE}/${PROGRAM}`)
  const files = folders.filter(isAbsolute).map((folder) => join(folder, PACKAGE, PROGRAM))
  const file = files.find((each) => existsSync(each))
  if (file === undefined) throw Object.assign(new Error(PACKAGE), { code: 'MODULE_NOT_FOUND' })
  return file
}

/** Where a process cannot become another program. @param {string} file @param {string[]} args */
function runBeside(file, args) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child
  // Before the program can be seen to run. On Windows, Ctrl+C reaches both.
  for (const signal of SIGNALS) process.on(signal, () => process.platform === 'win32' || child?.kill(signal))
  child = spawn(file, args, { stdio: 'inherit' })
  child.on('error', (error) => {
    process.stderr.write(`${file} cannot be run: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const each of SIGNALS) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  })
}

const file = programFile()
const args = process.argv.slice(2)
// From Node 22.15 on this process becomes the program: no second process waits beside it.
const { execve } = /** @type {{ execve?: (file: string, args: string[]) => never }} */ (process)
if (execve !== undefined && process.platform !== 'win32') execve.call(process, file, [file, ...args])
else runBeside(file, args)
