import { goal, inUnit, measured, number, times } from './format.mjs'

/** Every figure, ratios first. */
export const figureTable = (figures) =>
  table(
    ['what', 'rival ÷ ours', 'ours ÷ floor', 'ours', '@azure/identity', 'floor', 'target', 'met'],
    figures.map(({ what, unit, target, isMet, ratios, ours, rival, floor }) => [
      what,
      times(ratios.rivalToOurs),
      times(ratios.oursToFloor),
      measured(ours, unit),
      measured(rival, unit),
      measured(floor, unit),
      goal(target, unit),
      isMet === undefined ? '–' : isMet ? 'yes' : '**no**',
    ]),
  )

/** What a reader of the README wants to know. */
export const shortTable = (figures) =>
  table(
    ['what', 'azure-openai-entra', '@azure/identity', 'less by'],
    figures
      .filter(({ rival }) => rival)
      .map(({ what, unit, ratios, ours, rival }) => [
        what,
        measured(ours, unit),
        measured(rival, unit),
        times(ratios.rivalToOurs),
      ]),
  )

/** One line of a curve: a row for each x, a column for each subject. */
export const curveTable = (x, { what, unit, points }) => {
  const subjects = [...new Set(points.map(({ subject }) => subject))]
  const xs = [...new Set(points.map((point) => point.x))]
  const valueAt = (at, subject) => points.find((point) => point.x === at && point.subject === subject)
  return table(
    [x, ...subjects.map((subject) => `${NAMES[subject]}, ${unit}`)],
    xs.map((at) => [
      number(at),
      ...subjects.map((subject) => {
        const point = valueAt(at, subject)
        return point ? `${number(inUnit(point.median, unit))}` : '–'
      }),
    ]),
    what,
  )
}

export const NAMES = {
  ours: 'azure-openai-entra',
  rival: '@azure/identity',
  constant: 'floor',
  request: 'floor',
}

const table = (columns, rows, caption) =>
  [
    ...(caption ? [`**${caption}**`, ''] : []),
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n')

const line = (cells) => `| ${cells.join(' | ')} |`

/** Under what the figures were measured. */
export const conditions = ({ rival, node, platform, cpu, cores, load }) =>
  `${rival} on Node ${node.slice(1)}, ${platform}, ${cores} cores of ${cpu}; load average ${load.before.toFixed(1)} ` +
  `before, ${load.after.toFixed(1)} after. Medians ± their median absolute deviation; a ratio is the median of the ` +
  `rounds' ratios.`
