'use strict'

const { isAbsolute } = require('node:path')

const { variable } = require('./environment')
const { member } = require('./own')

/** With these, what follows Node's options is data, or can be: a configuration file can have any of the others. */
const WITHOUT_ENTRY =
  /^(?:-e|-p|-pe|--eval|--print|-c|--check|--test|--prof[-_]process|--snapshot[-_]blob|--(?:experimental[-_])?(?:default[-_])?config[-_]file)(?:=|$)/

/**
 * The path that this process was started with, as the command line has it if no module of it tells; none under `--eval` and from
 * standard input.
 *
 * @returns {string | undefined}
 */
function entryPath() {
  const main = Object.hasOwn(process, 'mainModule') ? member(process.mainModule, 'filename') : undefined
  if (main) return main
  // An ES module, or what was started before the entry point.
  const [, path] = process.argv
  return path !== undefined && isAbsolute(path) && isEntry() ? path : undefined
}

/**
 * Whether the first argument is the entry point. In a worker nothing tells: that of a `data:` address has its own arguments from
 * there on. In an app of Electron it may be the document to open.
 */
function isEntry() {
  // An app may have emptied execArgv.
  const { execArgv, versions } = process
  if (Reflect.get(process, '_eval') !== undefined || Object.hasOwn(versions, 'electron')) return false
  const options = [...execArgv, ...(variable('NODE_OPTIONS') ?? '').split(/[\s"]+/)]
  return !options.some((option) => WITHOUT_ENTRY.test(option)) && isMainThread()
}

/** Asked seldom: its module loads those of streams, which take longer than a first token. */
function isMainThread() {
  return require('node:worker_threads').isMainThread
}

module.exports = { entryPath }
