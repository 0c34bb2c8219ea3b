import { randomBytes, randomUUID } from 'node:crypto'
import http from 'node:http'

import { close, listen } from '../../../testkit/listen.mjs'

const HOUR = 3600

/** The managed identity endpoint of Azure App Service. */
export const startIdentity = async () => {
  const header = randomUUID()
  const issued = new Set()
  let requests = 0

  const server = http.createServer((request, response) => {
    requests += 1
    const { searchParams } = new URL(request.url, 'http://stand-in')
    const resource = searchParams.get('resource')
    const allowed = request.headers['x-identity-header'] === header && resource
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(allowed ? grant(resource) : { statusCode: 401, message: 'Unauthorized' }))
  })

  const grant = (resource) => {
    const token = randomBytes(48).toString('base64url')
    issued.add(token)
    const expiresOn = Math.floor(Date.now() / 1000) + HOUR
    return { access_token: token, expires_on: String(expiresOn), resource, token_type: 'Bearer' }
  }

  const port = await listen(server)
  return {
    environment: { IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`, IDENTITY_HEADER: header },
    knows: (token) => issued.has(token),
    requests: () => requests,
    close: () => close(server),
  }
}
