import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { REFUSALS, meaningOf } from '../cli/doctor/answers.mjs'
import { keysSet, lookAtApp } from '../cli/doctor/app.mjs'
import { placeOf } from '../cli/doctor/place.mjs'
import { commandIn, planOf } from '../cli/doctor/plan.mjs'
import { withEnvironment } from '../testkit/environment.mjs'
import { secret } from '../testkit/secrets.mjs'
import { rowsOf } from './situations/page.mjs'
import { withDoctor } from './support/doctor.mjs'

const url = new URL('https://my-resource.openai.azure.com/openai/models')
/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 * @param {Partial<import('../cli/doctor/answers.mjs').Asked>} [asked]
 */
const refused = (status, code, message, asked) =>
  meaningOf(status, JSON.stringify({ error: { code, message } }), { url, ...asked })

describe("the next step after Azure OpenAI's answer is a command", () => {
  for (const [credential, type] of [
    ['ManagedIdentityCredential', 'ServicePrincipal'],
    ['EnvironmentCredential', 'ServicePrincipal'],
    ['AzureCliCredential', 'User'],
  ]) {
    test(`a missing role of ${credential}: the whole assignment`, () => {
      const winner = { credential, expiresOnTimestamp: 0, identity: { objectId: 'the-object', roles: [] } }
      const { nextStep } = refused(401, 'PermissionDenied', 'lacks the required data action', { winner })
      assert.equal(
        nextStep,
        'az role assignment create --role "Cognitive Services OpenAI User" --assignee-object-id the-object ' +
          `--assignee-principal-type ${type} --scope "$(az cognitiveservices account list --query ` +
          `"[?properties.customSubDomainName=='my-resource'].id" --output tsv)", and try again within 5 min, when it takes effect`,
      )
    })
  }

  test('an object id of another form is not put into a command', () => {
    const winner = {
      credential: 'AzureCliCredential',
      expiresOnTimestamp: 0,
      identity: { objectId: '$(id)', roles: [] },
    }
    assert.match(
      refused(401, 'PermissionDenied', '', { winner }).nextStep ?? '',
      /^assign the identity the role/,
    )
  })

  test('a key in place of a resource is not put into a command', () => {
    const key = secret('key').slice(0, 32)
    const winner = {
      credential: 'AzureCliCredential',
      expiresOnTimestamp: 0,
      identity: { objectId: 'o', roles: [] },
    }
    const { nextStep } = refused(401, 'PermissionDenied', '', {
      winner,
      url: new URL(`https://${key}.openai.azure.com/`),
    })
    assert.match(nextStep ?? '', /^assign the identity the role/)
  })

  for (const [credential, step] of [
    ['AzureCliCredential', /^az login --tenant /],
    ['AzureDeveloperCliCredential', /^azd auth login --tenant-id /],
    ['AzurePowerShellCredential', /^Connect-AzAccount -Tenant /],
    ['EnvironmentCredential', /^set AZURE_TENANT_ID/],
  ]) {
    test(`another tenant than the resource's: ${credential} logs in there`, () => {
      const winner = { credential: String(credential), expiresOnTimestamp: 0 }
      const { nextStep } = refused(400, 'Tenant', 'Token tenant a does not match resource tenant.', {
        winner,
      })
      assert.match(nextStep ?? '', /** @type {RegExp} */ (step))
    })
  }

  test('keys are disabled: the variables that still hold one are named', () =>
    withEnvironment({ AZURE_OPENAI_API_KEY: secret('key'), OPENAI_API_KEY: undefined }, () => {
      const asked = { keys: keysSet() }
      const { nextStep } = refused(
        403,
        'AuthenticationTypeDisabled',
        'Key based authentication is disabled',
        asked,
      )
      assert.match(nextStep ?? '', /^unset AZURE_OPENAI_API_KEY: the app still sends a key/)
    }))
})

describe('--fix-plan', () => {
  for (const [step, command] of [
    ["run 'az login --scope x' to renew the login", 'az login --scope x'],
    ['az webapp identity assign --name a', 'az webapp identity assign --name a'],
    [
      'convert it: openssl x509 -inform DER -in a.cer -out file.pem',
      'openssl x509 -inform DER -in a.cer -out file.pem',
    ],
    ['create the principal: az ad sp create --id <id> (https://x.example/1)', 'az ad sp create --id <id>'],
    ['set AZURE_CLIENT_ID to the client id', undefined],
    ['unset AZURE_OPENAI_API_KEY OPENAI_API_KEY: a', 'unset AZURE_OPENAI_API_KEY OPENAI_API_KEY'],
    ['unset AZURE_OPENAI_API_KEY once the app sends tokens', undefined],
    ['unset AZURE_OPENAI_ENTRA_SCOPE and --scope, or set them', undefined],
    [
      'convert it: openssl x509 -in a.pem -out b.pem, and put the key behind it',
      'openssl x509 -in a.pem -out b.pem',
    ],
  ]) {
    test(`the command in "${step}"`, () => assert.equal(commandIn(String(step)), command))
  }

  const page = readFileSync(new URL('../docs/messages.md', import.meta.url), 'utf8')
  const asked = { url, keys: ['AZURE_OPENAI_API_KEY', 'OPENAI_API_KEY'] }
  const credentials = [
    'AzureCliCredential',
    'AzureDeveloperCliCredential',
    'AzurePowerShellCredential',
    'ManagedIdentityCredential',
  ]
  const winners = credentials.map((credential) => ({ credential, identity: { objectId: 'an-object' } }))
  const STEPS = new Set([
    ...REFUSALS.map(({ nextStep }) => nextStep),
    ...winners.flatMap((winner) =>
      REFUSALS.map(({ nextStepOf }) => nextStepOf?.({ ...asked, winner }) ?? ''),
    ),
    ...rowsOf(page).map((cells) => cells.at(-2) ?? ''),
  ])
  /** A command's own words are in quotation marks or in a placeholder. @param {string} command */
  const bare = (command) => command.replaceAll(/"[^"]*"|'[^']*'|<[^<>]*>/g, '_')
  const PROSE =
    /[,:;] |\(https?:|\b(?:an?|and|behind|it|of|once|or|put|set|still|the|them|then|to|with)\b(?![.=-])/

  test('no step of the doctor or of docs/messages.md has prose in its command', () => {
    const commands = [...STEPS].map(commandIn).filter((command) => command !== undefined)
    assert.deepEqual(
      commands.filter((command) => PROSE.test(bare(command))),
      [],
    )
    for (const start of [
      'az role',
      'az login',
      'azd auth',
      'Connect-AzAccount',
      'kubectl',
      'openssl',
      'iconv',
      'unset',
    ])
      assert.ok(
        commands.some((command) => command.startsWith(`${start} `)),
        start,
      )
  })

  test('has what is wrong as comments and the commands behind them', () => {
    const report = {
      version: '0.0.0',
      node: process.version,
      platform: process.platform,
      sources: [],
      exitCode: /** @type {const} */ (1),
      surroundings: [
        { what: 'proxy', ok: true, found: 'none' },
        { what: 'clock', ok: false, found: '600 s behind', nextStep: 'set the clock' },
      ],
      verdict: 'No token: az is not logged in.\n→ az login',
    }
    assert.equal(
      planOf(report),
      '# 600 s behind\n# set the clock\n\n# No token: az is not logged in.\naz login\n',
    )
    const planTo = (/** @type {string} */ step) =>
      planOf({ ...report, surroundings: [], verdict: `why.\n→ ${step}` })
    assert.equal(
      planTo('convert it: openssl x509 -in a -out a.pem, and set A to a.pem'),
      '# why.\nopenssl x509 -in a -out a.pem\n# and set A to a.pem\n',
    )
    assert.equal(
      planTo('az login --tenant <tenant of the resource>, and take its id from the portal'),
      '# why.\n# This lists the values.\naz account list --refresh --query "[].[name, tenantId]" --output table\n' +
        '# Put the value in place of <tenant of the resource>, and run:\n' +
        '# az login --tenant <tenant of the resource>\n# and take its id from the portal\n',
    )
    for (const step of [
      "install it; on Azure, run 'az login'",
      "set A, or run 'az login'",
      "run 'az login'. Or not",
    ])
      assert.equal(planTo(step), `# why.\n# ${step}\n`, 'only the reader knows which')
    assert.equal(
      planOf({ ...report, surroundings: [], verdict: 'No token: A is b. Set A to c.' }),
      '# No token: A is b. Set A to c.\n',
    )
    assert.equal(
      planOf({ ...report, surroundings: [], exitCode: 0, verdict: 'a token.' }),
      '# Nothing is to be done.\n',
    )
  })

  test('holds no placeholder outside of comments, and no command that a reader must choose', () =>
    withEnvironment({ AZURE_CLIENT_ID: undefined, HOSTNAME: undefined }, () => {
      for (const step of STEPS) {
        const report = { version: '', node: '', platform: process.platform, sources: [], surroundings: [] }
        const plan = planOf({ ...report, exitCode: 1, verdict: `why.\n→ ${step}` })
        const toRun = plan.split('\n').filter((each) => each && !each.startsWith('#'))
        assert.deepEqual(
          toRun.filter((each) => /<[A-Za-z][^<>]*>/.test(each)),
          [],
          step,
        )
      }
    }))

  const CLIENT_ID = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  test('has the client id, and looks up what Azure knows', () =>
    withEnvironment({ AZURE_CLIENT_ID: CLIENT_ID }, () => {
      const planTo = (/** @type {string} */ step) =>
        planOf({
          version: '',
          node: '',
          platform: process.platform,
          sources: [],
          surroundings: [],
          exitCode: 1,
          verdict: `why.\n→ ${step}`,
        })
      assert.equal(
        planTo('do it: az ad sp create --id <AZURE_CLIENT_ID>'),
        `# why.\naz ad sp create --id ${CLIENT_ID}\n`,
      )
      const found = (/** @type {string} */ what) =>
        `"$(az identity list --query "[?clientId=='${CLIENT_ID}'].${what}" --output tsv)"`
      assert.equal(
        planTo(
          'create the one that matches, or correct it: az identity federated-credential create --identity-name <identity> --resource-group <group> --issuer a (https://x.example)',
        ),
        `# why.\naz identity federated-credential create --identity-name ${found('name')} --resource-group ${found('resourceGroup')} --issuer a\n`,
      )
    }))

  test('has no value of another form than the client id', () => {
    const key = secret('key').slice(0, 32)
    return withEnvironment({ AZURE_CLIENT_ID: key, AZURE_CLIENT_SECRET: key }, () => {
      const report = { version: '', node: '', platform: process.platform, sources: [], surroundings: [] }
      const steps = ['<AZURE_CLIENT_ID>', '<AZURE_CLIENT_SECRET>', '<identity> --identity-name <identity>']
      for (const value of steps) {
        const plan = planOf({ ...report, exitCode: 1, verdict: `why.\n→ az ad sp create --id ${value}` })
        assert.ok(plan.includes(`--id ${value}`) && !plan.includes(key), plan)
      }
    })
  })

  const NOWHERE = {
    GITHUB_ACTIONS: undefined,
    TF_BUILD: undefined,
    WEBSITE_SITE_NAME: undefined,
    CONTAINER_APP_NAME: undefined,
    AZUREML_RUN_ID: undefined,
    KUBERNETES_SERVICE_HOST: undefined,
  }
  for (const variables of [
    { WEBSITE_SITE_NAME: 'KEY', WEBSITE_RESOURCE_GROUP: 'KEY' },
    { WEBSITE_SITE_NAME: 'my-KEY', WEBSITE_RESOURCE_GROUP: 'rg_KEY' },
    { WEBSITE_SITE_NAME: `/srv/${'a'.repeat(60)}`, WEBSITE_RESOURCE_GROUP: '(KEY)' },
    { CONTAINER_APP_NAME: 'KEY' },
    { AZUREML_RUN_ID: 'x', AZUREML_ARM_WORKSPACE_NAME: 'KEY', AZUREML_ARM_RESOURCEGROUP: 'KEY' },
    { KUBERNETES_SERVICE_HOST: 'x', HOSTNAME: 'KEY-5d4f8c7b9d-x2x4x' },
  ]) {
    test(`has placeholders for keys in place of names: ${Object.keys(variables).join(', ')}`, () => {
      const key = secret('key').slice(0, 32)
      const set = Object.entries(variables).map(([name, value]) => [name, value.replace('KEY', key)])
      return withEnvironment({ ...NOWHERE, ...Object.fromEntries(set) }, () => {
        const { command = '' } = placeOf() ?? {}
        assert.match(command, /<[a-z ]+>/)
        assert.doesNotMatch(command, new RegExp(`${key}|/srv`))
      })
    })
  }

  test('is all that is printed', () =>
    withDoctor(async ({ doctor }) => {
      const place = { WEBSITE_SITE_NAME: 'app', WEBSITE_RESOURCE_GROUP: 'group' }
      const { code, stdout } = await doctor(['doctor', '--fix-plan'], place)
      assert.equal(code, 1)
      assert.match(
        stdout,
        /^# No token: this is App Service.*\naz webapp identity assign --name app --resource-group group\n$/,
      )
    }))
})

describe('--app', () => {
  /** @param {Record<string, string>} files @param {(folder: string) => unknown} act */
  const withApp = async (files, act) => {
    const folder = mkdtempSync(join(tmpdir(), 'entra-app-'))
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      await act(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('tells the client, the way that fits it, the names in .env and the host of the endpoint, and no value', () => {
    const key = secret('azure-key')
    const env = `AZURE_OPENAI_API_KEY=${key}\nAZURE_OPENAI_ENDPOINT=https://my-resource.openai.azure.com/\nOTHER=1\n`
    const manifest = JSON.stringify({ dependencies: { openai: '^5.0.0' } })
    return withApp({ 'package.json': manifest, '.env': env }, (folder) => {
      const findings = lookAtApp(folder)
      assert.deepEqual(
        findings.map(({ what, found }) => [what, found]),
        [
          ['app', 'it uses openai'],
          ['app .env', 'it sets AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT'],
          ['app host', 'my-resource.openai.azure.com, from AZURE_OPENAI_ENDPOINT'],
        ],
      )
      assert.match(
        findings[0].nextStep ?? '',
        /AzureOpenAI\(\{ azureADTokenProvider: getAzureOpenAIToken \}\)/,
      )
      assert.match(findings[1].nextStep ?? '', /^unset AZURE_OPENAI_API_KEY/)
      assert.ok(!JSON.stringify(findings).includes(key))
    })
  })

  test('a name in .env that may be a key is not told', () => {
    const key = secret('key').slice(0, 32)
    const env = [
      `AZURE_OPENAI_API_KEY_${key}=1`,
      `AZURE_${key.toUpperCase()}=1`,
      `OPENAI ${key}=1`,
      'OPENAI_KEY_2=1',
    ]
    return withApp({ 'package.json': '{}', '.env': env.join('\n') }, (folder) => {
      const told = JSON.stringify(lookAtApp(folder))
      assert.match(told, /it sets .* of 53 characters, .*OPENAI_KEY_2/)
      assert.ok(!told.toLowerCase().includes(key), told)
    })
  })

  test('an app without a known client gets the way that fits all', () =>
    withApp({ 'package.json': '{}' }, (folder) => {
      assert.match(lookAtApp(folder)[0].nextStep ?? '', /entraIdFetch/)
    }))

  test('a pipe in place of a file does not hold it', { skip: process.platform === 'win32' }, () =>
    withApp({}, (folder) => {
      for (const name of ['package.json', '.env']) execFileSync('mkfifo', [join(folder, name)])
      assert.ok(lookAtApp(folder)[0].nextStep)
    }),
  )

  for (const text of ['{', '[]', 'null', '']) {
    test(`a package.json that is ${JSON.stringify(text)} is named or passed over`, () =>
      withApp({ 'package.json': text }, (folder) => assert.ok(lookAtApp(folder)[0].nextStep)))
  }

  test('the row "switch" stands only where LibreChat is', () =>
    withApp({ 'package.json': '{"name":"an-app"}' }, (folder) =>
      withDoctor(async ({ examine, identity }) => {
        /** @param {Record<string, string>} variables */
        const rows = async (variables) =>
          (await examine(['--app', folder], { ...identity.environment, ...variables })).surroundings.map(
            ({ what }) => what,
          )
        assert.ok(!(await rows({})).includes('switch'))
        assert.ok((await rows({ AZURE_OPENAI_USE_ENTRA_ID: 'true' })).includes('switch'))
      }),
    ))
})
