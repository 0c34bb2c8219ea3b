import {
  classCalls,
  concurrentCalls,
  credentialCall,
  functionCall,
  heapPerCall,
  providerCall,
  wrappedFetch,
} from './cached-calls.mjs'
import { doctor } from './doctor.mjs'
import { firstToken, firstTokenTls } from './first-token.mjs'
import { keys, objects, threads, waiters } from './growth.mjs'
import { app, firstUse, install, load, register } from './loading.mjs'
import { azureCliCallers, foreignMetadata, recoveries, refusedEndpoint } from './outage.mjs'
import { idleWait, memoryKept, refreshWait } from './refresh.mjs'
import { refusedTokens, stampedes, workers } from './stampede.mjs'
import { lambda, nextRoute } from './whole-app.mjs'

/** In the order of the table. @type {import('../testbed/measure.mjs').Row[]} */
export const ROWS = [
  install,
  load,
  firstUse,
  register,
  firstToken,
  firstTokenTls,
  providerCall,
  functionCall,
  credentialCall,
  ...classCalls,
  concurrentCalls,
  heapPerCall,
  ...(wrappedFetch ? [wrappedFetch] : []),
  ...stampedes,
  workers,
  refusedTokens,
  refreshWait,
  idleWait,
  refusedEndpoint,
  foreignMetadata,
  ...recoveries,
  azureCliCallers,
  doctor,
  memoryKept,
  app,
  lambda,
  nextRoute,
]

export const CURVES = [keys, objects, threads, waiters]
