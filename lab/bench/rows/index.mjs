import {
  concurrentCalls,
  credentialCall,
  functionCall,
  heapPerCall,
  providerCall,
  wrappedFetch,
} from './cached-calls.mjs'
import { firstToken, firstTokenTls } from './first-token.mjs'
import { keys, threads, waiters } from './growth.mjs'
import { app, firstUse, install, load, register } from './loading.mjs'
import { idleWait, memoryKept, refreshWait } from './refresh.mjs'
import { stampedes, workers } from './stampede.mjs'

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
  concurrentCalls,
  heapPerCall,
  ...(wrappedFetch ? [wrappedFetch] : []),
  ...stampedes,
  workers,
  refreshWait,
  idleWait,
  memoryKept,
  app,
]

export const CURVES = [keys, threads, waiters]
