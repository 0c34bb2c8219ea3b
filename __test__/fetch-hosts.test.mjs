import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'

import { setLogger } from 'azure-openai-entra'

import { withEnvironment } from '../testkit/environment.mjs'
import { collectingLogger, tee } from './support/tee.mjs'

const { audienceOf, destinationOf, notAllowed } = createRequire(import.meta.url)('../lib/allowed-hosts.js')

/** What gets tokens without a variable. */
const KNOWN_SUFFIX = /\.(?:openai|cognitiveservices|services\.ai)\.azure\.(?:com|us|cn)\/$/

const PUBLIC = 'https://cognitiveservices.azure.com/.default'
const US = 'https://cognitiveservices.azure.us/.default'
const CHINA = 'https://cognitiveservices.azure.cn/.default'

/** The core is tested on the same table. @type {[url: string, scope: string | null][]} */
const SHARED = JSON.parse(
  readFileSync(new URL('../core/src/allowed_hosts/audiences.json', import.meta.url), 'utf8'),
)

/**
 * The scope of the token for an address, `default` if the core decides, `none` if there is no token.
 *
 * @param {string} url
 * @param {Record<string, string>} [variables]
 */
const scopeFor = (url, variables = {}) =>
  withEnvironment(variables, () => {
    const audience = audienceOf(new URL(url))
    return audience === undefined ? 'none' : (audience.scope ?? 'default')
  })

describe('the hosts of Azure OpenAI', () => {
  for (const [url, scope] of [
    ['https://r.openai.azure.com/openai/v1/responses', PUBLIC],
    ['https://r.cognitiveservices.azure.com/', PUBLIC],
    ['https://r.services.ai.azure.com/models', PUBLIC],
    ['https://r.privatelink.openai.azure.com/', PUBLIC],
    ['https://r.openai.azure.us/', US],
    ['https://r.cognitiveservices.azure.us/', US],
    ['https://r.services.ai.azure.us/', US],
    ['https://r.openai.azure.cn/', CHINA],
    ['https://r.cognitiveservices.azure.cn/', CHINA],
    ['https://r.services.ai.azure.cn/', CHINA],
    // One host, written otherwise.
    ['HTTPS://R.OpenAI.Azure.COM/', PUBLIC],
    ['https://r.openai.azure.com:443/', PUBLIC],
    ['https://r.openai.azure.com:8443/', PUBLIC],
    ['https://r。openai。azure。com/', PUBLIC],
    ['https://ｒ.ｏpenai.azure.com/', PUBLIC],
    ['https:\\\\r.openai.azure.com\\@evil.example/', PUBLIC],
    ['https://r.openai.azure.com/@evil.example', PUBLIC],
    ['https://r.openai.azure.com?@evil.example', PUBLIC],
    ['https://r.openai.azure.com#@evil.example', PUBLIC],
    // Not over https.
    ['http://r.openai.azure.com/', 'none'],
    ['ws://r.openai.azure.com/', 'none'],
    ['wss://r.openai.azure.com/', 'none'],
    ['ftp://r.openai.azure.com/', 'none'],
    ['file://r.openai.azure.com/', 'none'],
    // Of no owner, or of another one.
    ['https://openai.azure.com/', 'none'],
    ['https://.openai.azure.com/', 'none'],
    ['https://services.ai.azure.com/', 'none'],
    ['https://openai.azure.com.evil.example/', 'none'],
    ['https://r.openai.azure.com.evil.example/', 'none'],
    ['https://ropenai.azure.com/', 'none'],
    ['https://r-openai.azure.com/', 'none'],
    ['https://r.openai.azure.co/', 'none'],
    ['https://r.openai.azure.com.cn/', 'none'],
    ['https://r.openai.azure.de/', 'none'],
    ['https://r.openai.azure.com./', 'none'],
    ['https://evil.example/r.openai.azure.com', 'none'],
    ['https://evil.example/?.openai.azure.com', 'none'],
    ['https://evil.example#.openai.azure.com', 'none'],
    ['https://evil.example\\.openai.azure.com/', 'none'],
    ['https://r.openai.azure.com@evil.example/', 'none'],
    ['https://r.openai.azure.com:443@evil.example/', 'none'],
    ['https://user@r.openai.azure.com/', 'none'],
    ['https://:password@r.openai.azure.com/', 'none'],
    // Cyrillic о, dotless i, and a character that looks like a slash.
    ['https://r.оpenai.azure.com/', 'none'],
    ['https://r.openaı.azure.com/', 'none'],
    ['https://evil.example⁄.openai.azure.com/', PUBLIC],
    ['https://api.openai.com/', 'none'],
    ['https://r.azure.com/', 'none'],
    ['https://r.azure-api.net/', 'none'],
    // They run customers' code.
    ['https://r.inference.ml.azure.com/', 'none'],
    ['https://r.models.ai.azure.com/', 'none'],
    ['https://r.azurewebsites.net/', 'none'],
    ['https://127.0.0.1/', 'none'],
    ['https://[::1]/', 'none'],
    ['https://2130706433/', 'none'],
    ['https://localhost/', 'none'],
  ]) {
    test(`${url}: ${scope}`, async () => assert.equal(await scopeFor(url), scope))
  }

  for (const [url, scope] of SHARED) {
    test(`${url}: ${scope ?? 'none'}, as in the core`, async () =>
      assert.equal(await scopeFor(url), scope ?? 'none'))
  }

  test('AZURE_OPENAI_ENTRA_SCOPE beats the path of a project', async () => {
    const variables = { AZURE_OPENAI_ENTRA_SCOPE: PUBLIC }
    assert.equal(await scopeFor('https://r.services.ai.azure.com/api/projects/p', variables), 'default')
  })

  test('AZURE_OPENAI_ENTRA_SCOPE beats the cloud of the host', async () => {
    const variables = { AZURE_OPENAI_ENTRA_SCOPE: 'https://ai.azure.com/.default' }
    assert.equal(await scopeFor('https://r.openai.azure.us/', variables), 'default')
    assert.equal(await scopeFor('https://r.openai.azure.us/', { AZURE_OPENAI_ENTRA_SCOPE: ' ' }), US)
  })
})

describe('AZURE_OPENAI_ENTRA_ALLOWED_HOSTS', () => {
  const GATEWAY = 'https://gateway.example/'
  const BELOW = 'https://a.gateway.example/'
  const DEEPER = 'https://a.b.gateway.example/'
  for (const [entries, yes, no] of /** @type {[string, string[], string[]][]} */ ([
    ['gateway.example', [GATEWAY, 'https://GATEWAY.example:8443/x'], [BELOW, 'https://xgateway.example/']],
    [
      '*.gateway.example',
      [BELOW, DEEPER],
      [GATEWAY, 'https://xgateway.example/', 'https://.gateway.example/'],
    ],
    ['gateway.example, *.gateway.example', [GATEWAY, BELOW], ['https://gateway.example.evil.example/']],
    [' other.example ;gateway.example\nthird.example', [GATEWAY, 'https://third.example/'], [BELOW]],
    ['GateWay.Example', [GATEWAY], []],
    ['xn--bcher-kva.example', ['https://bücher.example/', 'https://xn--bcher-kva.example/'], []],
    [
      '127.0.0.1,[::1]',
      ['https://127.0.0.1/', 'https://[0:0::1]/', 'https://0x7f.1/'],
      ['https://127.0.0.2/'],
    ],
    ['localhost', ['https://localhost:8443/'], ['http://localhost:8443/', 'https://user@localhost/']],
    ['gateway.example.', [], [GATEWAY]],
    ['https://gateway.example', [GATEWAY], [BELOW]],
    ['https://gateway.example:8443/path?query', [GATEWAY], [BELOW]],
  ])) {
    test(JSON.stringify(entries), async () => {
      const variables = { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: entries }
      for (const url of yes) assert.equal(await scopeFor(url, variables), 'default', url)
      for (const url of no) assert.equal(await scopeFor(url, variables), 'none', String(url))
      assert.equal(await scopeFor('https://r.openai.azure.com/', variables), PUBLIC)
    })
  }

  for (const entry of [
    '*',
    '*.*',
    '**',
    '*.com',
    '*.',
    '*gateway.example',
    'gate*.example',
    '*.*.example',
    '*.0.0.1',
    'http://gateway.example',
    'https://user@gateway.example',
    'gateway.example:8443',
    'gateway.example/path',
    'user@gateway.example',
    'gateway.example?sign',
  ]) {
    test(`the entry ${entry} is not heeded, with a warning`, async () => {
      /** @type {string[]} */
      const warnings = []
      setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
      try {
        const variables = { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: `${entry},fine.example` }
        for (const url of [
          GATEWAY,
          BELOW,
          'https://127.0.0.1/',
          'https://com/',
          'https://a.com/',
          'https://user/',
        ]) {
          assert.equal(await scopeFor(url, variables), 'none', String(url))
        }
        assert.equal(await scopeFor('https://fine.example/', variables), 'default')
      } finally {
        setLogger(collectingLogger)
      }
      assert.equal(warnings.length, 1)
      // What stands before an @ or behind a ? or a / can be a secret, and so can a text with a * that is no pattern's.
      const isPattern = /^(?:\*(?:\.[a-z]*)?|[^*@?]*)$/.test(entry)
      const shown = !isPattern
        ? ` of ${entry.length} characters`
        : `'${entry.replace('/path', "' and 4 more characters")}`
      assert.ok(warnings[0].includes(shown), warnings[0])
    })
  }
})

describe('AZURE_OPENAI_ENTRA_HOSTS', () => {
  const MINE = 'https://mine.openai.azure.com/'
  const OTHER = 'https://other.openai.azure.com/'
  const APIM = 'https://mine.azure-api.net/'
  for (const [entries, yes, no] of /** @type {[string, [string, string][], string[]][]} */ ([
    ['mine.openai.azure.com', [[MINE, PUBLIC]], [OTHER, APIM, 'https://added.example/']],
    ['https://mine.openai.azure.com/openai', [[MINE, PUBLIC]], [OTHER]],
    ['mine.azure-api.net', [[APIM, 'default']], [MINE, OTHER]],
    ['mine.openai.azure.us;mine.azure-api.net', [['https://mine.openai.azure.us/', US]], [MINE]],
    ['*.mine.example', [['https://a.mine.example/', 'default']], [MINE, 'https://mine.example/']],
    // It closes what it does not open.
    ['', [], [MINE, APIM, 'https://added.example/']],
    [' , ;', [], [MINE, 'https://added.example/']],
    ['http://mine.openai.azure.com', [], [MINE, 'https://added.example/']],
    ['*.openai.azure.com', [], [MINE, OTHER, 'https://added.example/']],
  ])) {
    test(`${JSON.stringify(entries)} allows exactly the hosts that it names`, async () => {
      const variables = {
        AZURE_OPENAI_ENTRA_HOSTS: entries,
        AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'added.example',
      }
      for (const [url, scope] of yes) assert.equal(await scopeFor(url, variables), scope, url)
      for (const url of no) assert.equal(await scopeFor(url, variables), 'none', String(url))
    })
  }

  test('a value without a host is what the error is about', () =>
    withEnvironment({ AZURE_OPENAI_ENTRA_HOSTS: '' }, () => {
      assert.match(notAllowed(new URL(MINE)).message, /AZURE_OPENAI_ENTRA_HOSTS allows no host/)
    }))
})

test('a Host header that is more than a host names none', () => {
  const url = new URL('https://my-resource.openai.azure.com/')
  for (const host of ['three/horses', 'https://three.example/', 'three:horses@x.example', 'three\\x.example'])
    assert.deepEqual({ ...destinationOf(url, { host }) }, { foreign: undefined }, host)
  assert.equal(destinationOf(url, { host: 'other.example:8443' }).foreign?.host, 'other.example:8443')
})

describe('a wildcard below which every customer can get a name', () => {
  for (const suffix of [
    'azure-api.net',
    'azurewebsites.net',
    'azurewebsites.net.',
    'westeurope-01.azurewebsites.net',
    'scm.westeurope-01.azurewebsites.net',
    'azurefd.net',
    'azurecr.io',
    'azuremicroservices.io',
    'instances.azureml.us',
    'azurehdinsight.cn',
    'high.powerappsportals.us',
    'microsoftcrmportals.com',
    'crm4.dynamics.com',
    'vo.msecnd.net',
    'tunnels.api.visualstudio.com',
    'azure-apim.net',
    'cfargotunnel.com',
    'msappproxy.net',
    'azurecr.us',
    'k4apps.io',
    'azure-devices.cn',
    'zeabur.app',
    'r2.dev',
    'eu.org',
    'ts.net',
    'blogspot.com',
    'z01.azurefd.net',
    'trafficmanager.net',
    'chinaeast2.chinacloudapp.cn',
    'usgovvirginia.azurecontainerapps.us',
    'core.sovcloud-api.fr',
    'azure.fr',
    'cloudapp.azure.com',
    'westeurope.cloudapp.azure.com',
    'westeurope.azurecontainerapps.io',
    'azurecontainerapps.io',
    'azurestaticapps.net',
    '5.azurestaticapps.net',
    'westeurope.5.azurestaticapps.net',
    'openai.azure.com',
    'privatelink.openai.azure.com',
    'cognitiveservices.azure.com',
    'services.ai.azure.us',
    'azure.com',
    'windows.net',
    'core.windows.net',
    'z6.web.core.windows.net',
    'servicebus.windows.net',
    'westeurope.inference.ml.azure.com',
    'models.ai.azure.com',
    'westeurope.models.ai.azure.com',
    'prod-00.westeurope.logic.azure.com',
    'westeurope.instances.azureml.ms',
    'amazonaws.com',
    'execute-api.eu-west-1.amazonaws.com',
    'eu-west-1.elb.amazonaws.com',
    'lambda-url.eu-west-1.on.aws',
    'a.run.app',
    'europe-west1.run.app',
    'uc.r.appspot.com',
    'up.railway.app',
    'eu.ngrok.io',
    '10.0.0.1.nip.io',
    'vercel.app',
    'github.io',
    'ngrok.io',
    'workers.dev',
    'co.uk',
    'com.au',
    'my.id',
    'web.id',
    'biz.pl',
    'k12.tr',
    'ca.us',
    'k12.ca.us',
    'in-addr.arpa',
    'azure.de',
    'co.jp',
    'CO.UK',
  ]) {
    for (const variable of ['AZURE_OPENAI_ENTRA_HOSTS', 'AZURE_OPENAI_ENTRA_ALLOWED_HOSTS']) {
      test(`*.${suffix} is ignored in ${variable}, with a warning`, async () => {
        /** @type {string[]} */
        const warnings = []
        setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
        try {
          const url = `https://stranger.evil.${suffix}/`
          const variables = { [variable]: `*.${suffix}` }
          const known = KNOWN_SUFFIX.test(url) && variable !== 'AZURE_OPENAI_ENTRA_HOSTS'
          assert.equal((await scopeFor(url, variables)) === 'none', !known)
          await scopeFor('https://fine.example/', variables)
        } finally {
          setLogger(collectingLogger)
        }
        assert.equal(warnings.length, 1)
        assert.match(warnings[0], /other customers can register names below/)
      })
    }
  }

  for (const [entry, told] of [
    ['my.openai.azure.com/0123456789abcdef', "'my.openai.azure.com' and 16 more characters"],
    ['http://my.openai.azure.com/openai?x', "'http://my.openai.azure.com' and 8 more characters"],
    ['three/horses', 'a text of 12 characters'],
    ['10.0.0.0/8', "'10.0.0.0/8'"],
    ['0a1b2c3d4e5f60718293a4b5c6d7e8f9/x', 'a text of 34 characters'],
  ]) {
    test(`${entry} is ignored, and its path is not told`, async () => {
      /** @type {string[]} */
      const warnings = []
      setLogger(tee({ debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} }))
      try {
        await scopeFor('https://fine.example/', { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: entry })
      } finally {
        setLogger(collectingLogger)
      }
      assert.ok(warnings[0].includes(`an entry that is ignored: ${told}. Set it`), warnings[0])
    })
  }

  for (const suffix of [
    'environment.westeurope.azurecontainerapps.io',
    'account.workers.dev',
    'corp.example',
    'ai.contoso.co.uk',
    'contoso.com',
    'x.github.io',
    'contoso.us',
    'ai.contoso.us',
    'school.k12.ca.us',
    'bmw.de',
    'web.contoso.id',
  ]) {
    test(`*.${suffix} has one owner and is taken`, async () => {
      const variables = { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: `*.${suffix}` }
      assert.equal(await scopeFor(`https://a.${suffix}/`, variables), 'default')
    })
  }
})
