import { getAzureOpenAIToken } from 'azure-openai-entra'

export const GET = async () => {
  const token = await getAzureOpenAIToken()
  return Response.json({ characters: token.length })
}

export const dynamic = 'force-dynamic'
