/** The least that gives a token: one request to App Service's endpoint. */
export const GET = async () => {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER = '' } = process.env
  const resource = encodeURIComponent('https://cognitiveservices.azure.com')
  const url = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=${resource}`
  const response = await fetch(url, { headers: { 'x-identity-header': IDENTITY_HEADER } })
  const { access_token: token } = /** @type {{ access_token: string }} */ (await response.json())
  return Response.json({ characters: token.length })
}

export const dynamic = 'force-dynamic'
