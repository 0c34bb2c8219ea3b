import { DefaultAzureCredential, getBearerTokenProvider } from '@azure/identity'

const provider = getBearerTokenProvider(
  new DefaultAzureCredential(),
  'https://cognitiveservices.azure.com/.default',
)

export const GET = async () => {
  const token = await provider()
  return Response.json({ characters: token.length })
}

export const dynamic = 'force-dynamic'
