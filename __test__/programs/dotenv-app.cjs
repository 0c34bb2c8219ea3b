// As LibreChat begins: by `npm run`, with its variables only in `.env`.
'use strict'

const { createRequire } = require('node:module')

const [, , clients, url] = process.argv
const own = createRequire(clients)
own('dotenv').config({ quiet: true })
const axios = own('axios')

const body = { messages: [{ role: 'user', content: 'Is the token good?' }] }
const headers = { 'api-key': process.env.AZURE_API_KEY ?? '', 'content-type': 'application/json' }

const main = async () => {
  const fetched = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const posted = await axios.post(url, body, { headers, validateStatus: () => true })
  process.stdout.write(`${fetched.status} ${posted.status} ${process.execPath}\n`)
}
main()
