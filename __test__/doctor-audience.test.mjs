import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { getAzureOpenAIToken } from 'azure-openai-entra'

import { lookAround } from '../cli/doctor/surroundings.mjs'
import { startIdentity } from '../testkit/identity.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { onSource } from './support/fixture.mjs'

const US = 'https://r.openai.azure.us/openai/v1/'
const CHINA = 'https://r.openai.azure.cn/'
const PUBLIC = 'https://r.openai.azure.com/'
const PROJECT = 'https://r.services.ai.azure.com/api/projects/p'
const at = (/** @type {string} */ address) => ({ AZURE_AUTHORITY_HOST: address })
const AT_US = at('https://login.microsoftonline.us')
/** The authority is not asked: nothing listens there. */
const NO_WAY = { HTTPS_PROXY: 'http://127.0.0.1:9' }

/** @param {Parameters<typeof lookAround>[0]} asked @param {Record<string, string>} variables */
const audienceIn = (asked, variables) =>
  withEnvironment({ ...NO_WAY, ...variables }, async () =>
    (await lookAround(asked)).filter(({ what }) => what === 'audience'),
  )

describe('the doctor on an endpoint that wants another token than a call without scope gives', () => {
  for (const [endpoint, variables, step] of /** @type {[string, Record<string, string>, string?][]} */ ([
    [US, {}, 'set AZURE_AUTHORITY_HOST=https://login.microsoftonline.us, or pass the address'],
    [US, at('https://login.example.us'), 'set AZURE_AUTHORITY_HOST=https://login.microsoftonline.us, or'],
    [CHINA, {}, 'set AZURE_AUTHORITY_HOST=https://login.chinacloudapi.cn, or pass the address'],
    [CHINA, AT_US, 'set AZURE_AUTHORITY_HOST=https://login.chinacloudapi.cn, or pass the address'],
    [PUBLIC, AT_US, 'set AZURE_AUTHORITY_HOST=https://login.microsoftonline.com, or pass the address'],
    [PUBLIC, at('"https://login.microsoftonline.us"'), 'set AZURE_AUTHORITY_HOST=https://login.microsoft'],
    [PROJECT, {}, 'pass the address: getAzureOpenAIToken({ url })'],
    [US, AT_US],
    [US, at('"https://login.microsoftonline.us"\n')],
    [US, at('https://login.microsoftonline.us/common')],
    [CHINA, at('https://login.chinacloudapi.cn/')],
    [CHINA, at('https://login.partner.microsoftonline.cn')],
    [PUBLIC, {}],
    [PUBLIC, at('https://login.example.us')],
    ['https://gateway.example/', AT_US],
    [US, { AZURE_OPENAI_ENTRA_SCOPE: 'https://cognitiveservices.azure.us/.default' }],
    [US, at('not an address')],
  ])) {
    test(`${endpoint}, ${JSON.stringify(variables)}: ${step ? 'says so' : 'says nothing'}`, async () => {
      const found = await audienceIn({ url: new URL(endpoint) }, variables)
      assert.deepEqual(await audienceIn({}, { ...variables, AZURE_OPENAI_ENDPOINT: endpoint }), found)
      assert.deepEqual(await audienceIn({ url: new URL(endpoint), scope: 'api://own' }, variables), [])
      assert.equal(found.length, step === undefined ? 0 : 1)
      if (step === undefined) return
      assert.equal(found[0]?.ok, false)
      assert.ok(found[0]?.nextStep?.startsWith(step), found[0]?.nextStep)
    })
  }
})

test('getAzureOpenAIToken({ url }) asks for a token of the cloud and the path of the address', () =>
  onSource({ start: startIdentity }, async (source) => {
    for (const url of [US, new URL(CHINA), PUBLIC, PROJECT]) {
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
