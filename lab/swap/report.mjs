import { PACKAGES } from './packages.mjs'

/** @typedef {import('./run.mjs').Compared} Compared */

/**
 * @param {{
 *   app: { name: string, classes: string, packages: string[] }, served: Compared, refused: Compared,
 * }[]} results
 */
export const tableOf = (results) => {
  const head = [
    'package',
    'classes',
    'token requests: ours, theirs',
    'service requests',
    'with a token',
    'without',
  ]
  const rows = results.map(({ app, served, refused }) => [
    named(app),
    app.classes,
    `${served.ours.identity.length}, ${served.theirs.identity.length}`,
    String(served.ours.service.length),
    verdict(served),
    verdict(refused),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** @param {{ name: string, packages: string[] }} app */
const named = ({ name, packages: [main] }) =>
  name.replace(main, `\`${main}\` ${PACKAGES[/** @type {keyof typeof PACKAGES} */ (main)]}`)

/** @param {Compared} compared */
const verdict = ({ ours, theirs, differences }) => {
  if (differences.length > 0) return 'differs'
  const { error } = ours.outcome
  if (theirs.outcome.error === undefined) return 'the same'
  return `the same: ${error?.names.map((name) => (name === 'Error' ? 'an error' : name)).join(', ')}`
}
