import { cases as appService } from './app-service.mjs'
import { cases as cache } from './cache.mjs'
import { cases as chain } from './chain.mjs'
import { cases as environment } from './environment.mjs'
import { cases as hosts } from './hosts.mjs'
import { cases as imds } from './imds.mjs'
import { cases as servicePrincipal } from './service-principal.mjs'
import { cases as tools } from './tools.mjs'
import { cases as transport } from './transport.mjs'
import { cases as workloadIdentity } from './workload-identity.mjs'

/** All of them, in the order of the report. */
export const CASES = [
  chain,
  environment,
  servicePrincipal,
  workloadIdentity,
  appService,
  hosts,
  imds,
  tools,
  cache,
  transport,
].flat()

const byId = new Map(CASES.map((it) => [it.id, it]))
if (byId.size !== CASES.length) {
  throw new Error(
    `an id is used twice: ${CASES.map(({ id }) => id).filter((id, nth, all) => all.indexOf(id) !== nth)}`,
  )
}

export const caseById = (id) => byId.get(id)
