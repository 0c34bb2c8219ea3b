import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { startAssertingHost, startGitHubActions, startGoogleCloud } from '../testkit/assertions.mjs'
import { secret } from '../testkit/secrets.mjs'
import { startTokenProxy } from '../testkit/token-proxy.mjs'
import { tls } from '../testkit/tls.mjs'
import { withDoctor } from './support/doctor.mjs'

const AUDIENCE = 'api://AzureADTokenExchange'
/** @param {import('./support/doctor.mjs').Report} report @param {string} name */
const found = ({ surroundings }, name) =>
  surroundings.find((/** @type {{ what: string }} */ { what }) => what === name)
/** @param {{ tenantId: string, clientId: string }} authority */
const application = ({ tenantId, clientId }) => ({ AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId })

/**
 * @type {{
 *   chosen?: string, more?: Record<string, string>, without?: ('AZURE_TENANT_ID' | 'AZURE_CLIENT_ID')[], ok: boolean,
 *   says: RegExp, nextStep?: RegExp,
 * }[]}
 */
const SET_UP = [
  { chosen: 'managed-identity', ok: true, says: /^managed-identity, chosen by .*AZURE_CLIENT_ID set$/ },
  { chosen: ' "Google-Cloud" ', ok: true, says: /^google-cloud, chosen by AZURE_OPENAI_ENTRA_ASSERTION: / },
  {
    chosen: 'google-cloud',
    more: { GCE_METADATA_HOST: '127.0.0.1:1' },
    ok: true,
    says: /GCE_METADATA_HOST set$/,
  },
  {
    chosen: 'github-actions',
    ok: false,
    says: /_REQUEST_URL, .*_REQUEST_TOKEN not set$/,
    nextStep: /id-token: write/,
  },
  {
    chosen: 'file',
    ok: false,
    says: /AZURE_FEDERATED_TOKEN_FILE not set$/,
    nextStep: /azure\.workload\.identity/,
  },
  {
    more: { AZURE_FEDERATED_TOKEN_FILE: '/nowhere' },
    ok: true,
    says: /^file: .*AZURE_FEDERATED_TOKEN_FILE set$/,
  },
  {
    chosen: 'google-cloud',
    without: ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'],
    ok: false,
    says: /AZURE_TENANT_ID, AZURE_CLIENT_ID not set$/,
    nextStep: /^set AZURE_TENANT_ID and AZURE_CLIENT_ID/,
  },
  {
    more: { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://127.0.0.1:1' },
    ok: true,
    says: /does not choose it$/,
    nextStep: /^set AZURE_OPENAI_ENTRA_ASSERTION=github-actions/,
  },
]
for (const { chosen, more = {}, without = [], ok, says, nextStep = /^$/ } of SET_UP) {
  const name = [chosen, ...Object.keys(more), ...without.map((each) => `no ${each}`)].join(', ')
  test(`the doctor says what is set up of an assertion: ${name}`, () =>
    withDoctor(async ({ authority, examine }) => {
      /** @type {Record<string, string | undefined>} */
      const variables = {
        ...application(authority),
        AZURE_OPENAI_ENTRA_ASSERTION: chosen,
        AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential',
        ...more,
      }
      for (const each of without) delete variables[each]
      const finding = found(await examine([], variables), 'assertion')
      assert.ok(finding)
      assert.equal(finding.ok, ok)
      assert.match(finding.found, says)
      assert.match(finding.nextStep ?? '', nextStep)
    }))
}

test('the doctor says nothing of assertions if none is set up', () =>
  withDoctor(async ({ examine }) => {
    const report = await examine([])
    assert.deepEqual([found(report, 'assertion'), found(report, 'AKS proxy')], [undefined, undefined])
  }))

for (const [source, start] of Object.entries({
  'GitHub Actions': async () => startGitHubActions(await tls()),
  'Google Cloud': startGoogleCloud,
  'a managed identity': startAssertingHost,
})) {
  test(`the doctor shows what a refused assertion of ${source} says of itself, and plans its federated credential`, () =>
    withDoctor(async ({ authority, doctor, examine }) => {
      const issuer = await start()
      try {
        const variables = {
          ...application(authority),
          ...issuer.environment,
          AZURE_TOKEN_CREDENTIALS: 'prod',
        }
        const report = await examine([], variables)
        const { state, reason, nextStep } = report.source('WorkloadIdentityCredential')
        const { iss, sub } = issuer.issuer.claims
        assert.equal(state, 'failed')
        assert.match(reason, /AADSTS700211/)
        assert.ok(
          reason.includes(`the issuer '${iss}', the subject '${sub}' and the audience '${AUDIENCE}'`),
          reason,
        )
        const parameters = `{"name":"azure-openai","issuer":"${iss}","subject":"${sub}","audiences":["${AUDIENCE}"]}`
        const command =
          start === startAssertingHost
            ? `az ad app federated-credential create --id ${authority.clientId} --parameters '${parameters}'`
            : `az identity federated-credential create --name azure-openai --identity-name <identity> --resource-group <group> --issuer "${iss}" --subject "${sub}" --audiences "${AUDIENCE}"`
        assert.ok(nextStep.includes(command), nextStep)
        const plan = await doctor(['doctor', '--fix-plan'], variables)
        // The plan looks the identity up by its client id, so that it can be pasted.
        const of = (/** @type {string} */ what) =>
          `"$(az identity list --query "[?clientId=='${authority.clientId}'].${what}" --output tsv)"`
        const line = command
          .replace('<identity>', () => of('name'))
          .replace('<group>', () => of('resourceGroup'))
        assert.ok(plan.stdout.split('\n').includes(line), plan.stdout)
        for (const assertion of issuer.issuer.minted.keys()) {
          assert.ok(
            assertion.split('.').every((part) => !`${JSON.stringify(report)}${plan.stdout}`.includes(part)),
          )
        }
      } finally {
        await issuer.close()
      }
    }))
}

test('the doctor recognises identity bindings, and says if they are not enabled', () =>
  withDoctor(async ({ authority, examine }) => {
    const folder = mkdtempSync(join(tmpdir(), 'entra-pod-'))
    const [token, ca] = [join(folder, 'token'), join(folder, 'ca.pem')]
    const cluster = await startTokenProxy(authority)
    writeFileSync(ca, cluster.ca)
    const pod = {
      ...application(authority),
      ...cluster.environment,
      AZURE_KUBERNETES_CA_FILE: ca,
      AZURE_FEDERATED_TOKEN_FILE: token,
      AZURE_TOKEN_CREDENTIALS: 'prod',
    }
    const look = async (/** @type {Record<string, string>} */ more) => {
      const report = await examine([], { ...pod, ...more })
      const finding = found(report, 'AKS proxy')
      assert.ok(finding)
      return { ...finding, serves: report.winner?.credential }
    }
    try {
      const host = new URL(pod.AZURE_KUBERNETES_TOKEN_PROXY).host
      writeFileSync(token, authority.federatedToken)
      const enabled = await look({ AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY: 'true' })
      assert.deepEqual(enabled, {
        what: 'AKS proxy',
        ok: true,
        found: `${host}, from AZURE_KUBERNETES_TOKEN_PROXY; only the CA of AZURE_KUBERNETES_CA_FILE is trusted`,
        serves: 'WorkloadIdentityCredential',
      })
      assert.equal(cluster.requests.length, 1)
      // Entra ID itself knows the token, so it does not matter.
      const unneeded = await look({})
      assert.deepEqual([unneeded.ok, unneeded.serves], [true, 'WorkloadIdentityCredential'])
      writeFileSync(token, secret('of-another-issuer'))
      const needed = await look({})
      assert.deepEqual([needed.ok, needed.serves], [false, undefined])
      assert.match(needed.found, /identity bindings are not enabled$/)
      assert.match(needed.nextStep ?? '', /^set AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY=true/)
      assert.equal(cluster.requests.length, 1)
    } finally {
      await cluster.close()
      rmSync(folder, { recursive: true })
    }
  }))
