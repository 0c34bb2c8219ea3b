// A worker that makes a credential of the class that it is told, and says which token it got.

import { parentPort, workerData } from 'node:worker_threads'

import entra from 'azure-openai-entra'

const { name, args, scope } = workerData
const credential = Reflect.construct(Reflect.get(entra, name), args)

parentPort?.on('message', async () => {
  const { token } = await credential.getToken(scope)
  parentPort?.postMessage({ result: token })
})
parentPort?.postMessage('ready')
