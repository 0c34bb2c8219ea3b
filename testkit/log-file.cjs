'use strict'

const { appendFileSync } = require('node:fs')
const { join } = require('node:path')

// Read once: tests clear and change the environment.
const directory = process.env.ENTRA_TEST_LOG_DIR

/** Whether this run collects what is logged. */
const collects = Boolean(directory)

/**
 * Synchronous, so that nothing is lost if a process ends suddenly.
 *
 * @param {string} message
 */
const append = (message) => {
  // Only now: tests look at what a program has loaded before it logs.
  const { threadId } = require('node:worker_threads')
  if (directory) appendFileSync(join(directory, `${process.pid}-${threadId}.log`), `${message}\n`)
}

/** A logger that keeps every line in this thread's file. */
const fileLogger = { debug: append, info: append, warn: append, error: append }

module.exports = { collects, fileLogger }
