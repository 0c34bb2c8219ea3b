import { cases as answers } from './answers.mjs'
import { cases as appService } from './app-service.mjs'
import { cases as authorities } from './authorities.mjs'
import { cases as azureCli } from './azure-cli.mjs'
import { cases as cache } from './cache.mjs'
import { cases as certificates } from './certificates.mjs'
import { cases as chain } from './chain.mjs'
import { byClass } from './classes.mjs'
import { cases as developerTools } from './developer-tools.mjs'
import { cases as environment } from './environment.mjs'
import { cases as hosts } from './hosts.mjs'
import { cases as identities } from './identities.mjs'
import { cases as imds } from './imds.mjs'
import { cases as pods } from './pods.mjs'
import { cases as proxies } from './proxies.mjs'
import { cases as retries } from './retries.mjs'
import { cases as scopes } from './scopes.mjs'
import { cases as sdks } from './sdks.mjs'
import { cases as selection } from './selection.mjs'
import { cases as servicePrincipal } from './service-principal.mjs'
import { cases as tools } from './tools.mjs'
import { cases as transport } from './transport.mjs'
import { cases as workloadIdentity } from './workload-identity.mjs'

/**
 * B07a before B10: by letter, by number, then by what follows.
 *
 * @param {{ id: string }} one
 * @param {{ id: string }} other
 */
const inOrder = ({ id: one }, { id: other }) => one.localeCompare(other, 'en', { numeric: true })

/** All of them, in the order of the report. */
export const CASES = [
  answers,
  appService,
  authorities,
  azureCli,
  cache,
  certificates,
  chain,
  developerTools,
  environment,
  hosts,
  identities,
  imds,
  pods,
  proxies,
  retries,
  scopes,
  sdks,
  selection,
  servicePrincipal,
  tools,
  transport,
  workloadIdentity,
]
  .flat()
  .toSorted(inOrder)

/** Cases that others have observed, and that the suite must hold. All further ones are its own. */
const OBSERVED =
  'A01 A02 A03 A04 A06 A07 A09 B01 B02 B04 B05 B07 C01 C02 C03 C04 C06 C08 C09 C10 C13 D01 D02 D04 D05 D07 ' +
  'E01 E02 E03 E05 E06 E07 E09 E11 E12 E14 E16 E17 F01 F03 F04 F06 F08 F09 F11 F13 F15 F16 F18 G01 G03 G04 G06 G08 ' +
  'G10 G11 G12 H01 H02 H03 H06 H07 H10 H11 H12 H13 H15 H16 H17 H19 I01 I02 I03 I05 I07 I08 I09 I10 I12 I14 I15 I17 ' +
  'I18 I19 J01 J02 J03 J04 J05 J08 J09'
const observed = new Set(OBSERVED.split(' '))
/** @param {{ id: string }} it */
export const isOwn = ({ id }) => !observed.has(id)

/** Those of single credentials, by their classes. */
export const CLASS_CASES = byClass(CASES)

const byId = new Map([...CASES, ...CLASS_CASES].map((it) => [it.id, it]))
if (byId.size !== CASES.length + CLASS_CASES.length) {
  throw new Error(
    `an id is used twice: ${CASES.map(({ id }) => id).filter((id, nth, all) => all.indexOf(id) !== nth)}`,
  )
}

const missing = [...observed].filter((id) => !byId.has(id))
if (missing.length > 0) throw new Error(`no case is called ${missing}`)

/** @param {string} id */
export const caseById = (id) => {
  const found = byId.get(id)
  if (!found) throw new Error(`There is no case ${id}.`)
  return found
}
