/** How the plots of every lab look. */

import * as vega from 'vega'
import { compile } from 'vega-lite'

const COLOURS = { 'azure-openai-entra': '#0078d4', '@azure/identity': '#d83b01', floor: '#8a8886' }
/** What each implementation is drawn in. */
export const colour = {
  field: 'implementation',
  type: 'nominal',
  title: null,
  scale: { domain: Object.keys(COLOURS), range: Object.values(COLOURS) },
  legend: { orient: 'top' },
}

/** @param {object} spec of one view, without what all views have in common */
export const svg = async (spec) => {
  const common = { background: 'white', padding: 12, config: { font: 'sans-serif', view: { stroke: null } } }
  const whole = /** @type {import('vega-lite').TopLevelSpec} */ ({ ...common, ...spec })
  const view = new vega.View(vega.parse(compile(whole).spec), { renderer: 'none' })
  return `${await view.toSVG()}\n`
}
