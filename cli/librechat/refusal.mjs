import { inLine } from '../foreign-text.mjs'

/**
 * Why nothing can be done.
 *
 * @typedef {{ path: string, line?: number, message: string }} Problem
 */

/** A failure with all that stands in the way, each with its file and line. */
export class Refusal extends Error {
  /**
   * @param {Problem[]} problems
   * @param {string} [outcome] what became of the checkout
   */
  constructor(problems, outcome = 'Nothing was changed.') {
    super(
      problems
        .map(({ path, line, message }) => inLine(`${line ? `${path}:${line}` : path}: ${message}`))
        .join('\n'),
    )
    this.problems = problems
    this.outcome = outcome
  }
}
