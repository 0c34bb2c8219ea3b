import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { cloud } from '../cli/doctor/cloud.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { onSource } from './support/fixture.mjs'

const US = 'https://r.openai.azure.us/openai/v1/'
const CHINA = 'https://r.openai.azure.cn/'
const PUBLIC = 'https://r.openai.azure.com/'
const AT_US = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us' }
const AT_CHINA = { AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn/' }

describe('the doctor on an endpoint and a default scope of two clouds', () => {
  for (const [endpoint, variables, authority] of /** @type {[string, Record<string, string>, string?][]} */ ([
    [US, {}, 'https://login.microsoftonline.us'],
    [CHINA, {}, 'https://login.chinacloudapi.cn'],
    [CHINA, AT_US, 'https://login.chinacloudapi.cn'],
    [PUBLIC, AT_US, 'https://login.microsoftonline.com'],
    [US, AT_US],
    [CHINA, AT_CHINA],
    [CHINA, { AZURE_AUTHORITY_HOST: 'https://login.partner.microsoftonline.cn' }],
    [PUBLIC, {}],
    ['https://gateway.example/', AT_US],
    [US, { AZURE_OPENAI_ENTRA_SCOPE: 'https://cognitiveservices.azure.us/.default' }],
  ])) {
    test(`${endpoint}, ${JSON.stringify(variables)}: ${authority ? 'says so' : 'says nothing'}`, async () => {
      const found = await withEnvironment(variables, () => cloud(new URL(endpoint), undefined))
      const fromVariable = await withEnvironment({ ...variables, AZURE_OPENAI_ENDPOINT: endpoint }, () =>
        cloud(undefined, undefined),
      )
      assert.deepEqual(fromVariable, found)
      assert.deepEqual(await withEnvironment(variables, () => cloud(new URL(endpoint), 'api://own')), [])
      assert.equal(found.length, authority === undefined ? 0 : 1)
      if (authority === undefined) return
      assert.equal(found[0]?.ok, false)
      assert.ok(found[0]?.nextStep?.startsWith(`set AZURE_AUTHORITY_HOST=${authority},`), found[0]?.nextStep)
    })
  }
})

test('getAzureOpenAIToken({ url }) asks for a token of the cloud and the path of the address', () =>
  onSource({ start: startIdentity }, async (source) => {
    for (const url of [US, new URL(CHINA), PUBLIC, 'https://r.services.ai.azure.com/api/projects/p']) {
      await getAzureOpenAIToken({ url })
    }
    assert.deepEqual(
      source.requests.map(({ query }) => query.resource),
      [
        'https://cognitiveservices.azure.us',
        'https://cognitiveservices.azure.cn',
        'https://cognitiveservices.azure.com',
        'https://ai.azure.com',
      ],
    )
    for (const url of ['https://foreign.example/', 'http://r.openai.azure.com/', 'nonsense']) {
      await assert.rejects(getAzureOpenAIToken({ url }), { code: 'ENTRA_ID_CONFIGURATION' })
      await assert.rejects(getAzureOpenAIToken({ url, scope: 'api://own' }), {
        code: 'ENTRA_ID_CONFIGURATION',
      })
    }
    assert.equal(source.requests.length, 4)
  }))
