/**
 * Why nothing can be done.
 *
 * @typedef {{ path: string, line?: number, message: string }} Problem
 */

/** A failure with all that stands in the way, each with its file and line: nothing was changed. */
export class Refusal extends Error {
  /** @param {Problem[]} problems */
  constructor(problems) {
    super(
      problems.map(({ path, line, message }) => `${line ? `${path}:${line}` : path}: ${message}`).join('\n'),
    )
    this.problems = problems
  }
}
