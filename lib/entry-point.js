'use strict'

const { basename, isAbsolute } = require('node:path')

const { variable } = require('./environment')
const { exists } = require('./if-allowed')
const { member } = require('./own')

/** With these, what follows Node's options is data, or can be: a configuration file can have any of the others. */
const WITHOUT_ENTRY =
  /^(?:-e|-p|-pe|--eval|--print|-c|--check|--test|--prof[-_]process|--snapshot[-_]blob|--(?:experimental[-_])?(?:default[-_])?config[-_]file)(?:=|$)/

/** What Bun, Deno and ts-node call a text that they evaluate: as if it were a file of the working directory. */
const EVALUATED = /^(?:\[(?:eval|stdin)\]|<repl>|\$deno\$)/

/** What Bun compiled into a program has paths that are in no file system. */
const WITHIN_BUN = /^(?:\/\$bunfs\/|\w:[\\/]~BUN[\\/])/

/**
 * The path that this process was started with, as the command line has it if no module of it tells; none under `--eval` and from
 * standard input.
 *
 * @returns {string | undefined}
 */
function entryPath() {
  const main = Object.hasOwn(process, 'mainModule') ? member(process.mainModule, 'filename') : undefined
  if (main) return isEvaluated(main) ? undefined : main
  // An ES module, or what was started before the entry point.
  const path = firstArgument()
  return path !== undefined && isMainThread() ? path : undefined
}

/**
 * The files that this process was started with, whose owners decide what runs: the entry point, and what a launcher or a worker has in
 * its place.
 *
 * @returns {string[]}
 */
function startPaths() {
  return [entryPath(), firstArgument()].filter((path) => path !== undefined)
}

/**
 * Whether a path is only the name of a text that is evaluated, in whose folder anything can be.
 *
 * @param {string} path
 */
function isEvaluated(path) {
  return EVALUATED.test(basename(path)) || !(WITHIN_BUN.test(path) || exists(path))
}

/**
 * The first argument, unless it is known to be data. In a worker nothing tells: that of a `data:` address has its own arguments from
 * there on. In an app of Electron it may be the document to open.
 */
function firstArgument() {
  // An app may have emptied execArgv.
  const { argv, execArgv, versions } = process
  const [, path] = argv
  if (path === undefined || !isAbsolute(path) || EVALUATED.test(basename(path))) return undefined
  if (Reflect.get(process, '_eval') !== undefined || Object.hasOwn(versions, 'electron')) return undefined
  const options = [...execArgv, ...(variable('NODE_OPTIONS') ?? '').split(/[\s"]+/)]
  return options.some((option) => WITHOUT_ENTRY.test(option)) ? undefined : path
}

/** Asked seldom: its module loads those of streams, which take longer than a first token. */
function isMainThread() {
  return require('node:worker_threads').isMainThread
}

module.exports = { WITHIN_BUN, entryPath, isEvaluated, startPaths }
