import { tool } from './run.mjs'

/**
 * The command line of the spelling check, which finds known misspellings in every file, or in those that `files` names.
 *
 * @param {string[]} [files]
 */
export function spelling(files = ['.']) {
  const options = [
    '--config',
    '.config/cspell.json',
    '--dot',
    '--no-progress',
    '--no-summary',
    '--no-must-find-files',
  ]
  return [...tool('cspell'), 'lint', ...options, ...files]
}
