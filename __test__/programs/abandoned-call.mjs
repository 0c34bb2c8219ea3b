// Its only call is aborted when the parent says so.

import { getAzureOpenAIToken } from 'azure-openai-entra'

const controller = new AbortController()
process.once('message', () => controller.abort())
getAzureOpenAIToken({ signal: controller.signal }).catch(({ code }) => process.stdout.write(`${code}\n`))
