import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import { parseAllDocuments } from 'yaml'

import { checkContainerApp, checkKubernetes } from '../scripts/manifests/check.mjs'

const AKS = 'examples/aks/librechat.yaml'
const CONTAINER_APPS = 'examples/container-apps/librechat.yaml'
/** @param {string} path */
const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('the manifests against the types of what takes them', () => {
  test('nothing is wrong', () => {
    assert.deepEqual(checkKubernetes(read(AKS)), [])
    assert.deepEqual(checkContainerApp(read(CONTAINER_APPS)), [])
  })

  for (const { fault, path, check, before, after, said } of [
    {
      fault: 'a name that does not exist',
      path: AKS,
      check: checkKubernetes,
      before: 'readinessProbe:',
      after: 'readynessProbe:',
      said: /readynessProbe/,
    },
    {
      fault: 'a number for a text',
      path: AKS,
      check: checkKubernetes,
      before: "value: 'true'",
      after: 'value: true',
      said: /boolean.*string/,
    },
    {
      fault: 'something required that is missing',
      path: AKS,
      check: checkKubernetes,
      before: '            - containerPort: 3080',
      after: '            - name: http',
      said: /containerPort/,
    },
    {
      fault: 'a kind that is not of its group',
      path: AKS,
      check: checkKubernetes,
      before: 'apiVersion: apps/v1',
      after: 'apiVersion: v1',
      said: /Deployment/,
    },
    {
      fault: "a name that Container Apps' does not know",
      path: CONTAINER_APPS,
      check: checkContainerApp,
      before: 'targetPort:',
      after: 'containerPort:',
      said: /containerPort/,
    },
  ]) {
    test(`${fault} is found`, () => {
      const text = read(path)
      assert.ok(text.includes(before))
      const faults = check(text.replace(before, after))
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.match(faults[0], said)
    })
  }
})

describe('what the manifests say', () => {
  /** @param {string} path */
  const documents = (path) => parseAllDocuments(read(path)).map((document) => document.toJS())
  /** @param {{ env: any[] }} container any, as its manifest has them @returns {Map<string, any>} any, for the same reason */
  const settingsOf = (container) => new Map(container.env.map((each) => [each.name, each]))

  test('AKS: the pod of the annotated service account has the label, the switch and the placeholder', () => {
    const all = documents(AKS)
    /** @param {string} kind */
    const one = (kind) => all.find((it) => it.kind === kind)
    const account = one('ServiceAccount')
    const { metadata, spec } = one('Deployment').spec.template
    assert.ok(account.metadata.annotations['azure.workload.identity/client-id'])
    assert.equal(spec.serviceAccountName, account.metadata.name)
    assert.equal(metadata.labels['azure.workload.identity/use'], 'true')
    assert.equal(one('Deployment').spec.selector.matchLabels.app, metadata.labels.app)
    assert.ok(all.every((it) => it.kind === 'Namespace' || it.metadata.namespace === 'librechat'))
    assert.deepEqual(one('Service').spec.selector, { app: metadata.labels.app })
    assert.equal(one('Service').spec.ports[0].targetPort, spec.containers[0].ports[0].containerPort)
    const settings = settingsOf(spec.containers[0])
    assert.equal(settings.get('AZURE_OPENAI_USE_ENTRA_ID').value, 'true')
    assert.equal(settings.get('AZURE_TOKEN_CREDENTIALS').value, 'WorkloadIdentityCredential')
    const key = one('Secret')
    for (const name of ['AZURE_OPENAI_ENTRA_PLACEHOLDER', 'AZURE_API_KEY']) {
      const { secretKeyRef } = settings.get(name).valueFrom
      assert.equal(secretKeyRef.name, key.metadata.name)
      assert.ok(secretKeyRef.key in key.stringData)
    }
  })

  test('Container Apps: an identity, the switch, and a secret for the placeholder', () => {
    const [{ identity, properties }] = documents(CONTAINER_APPS)
    assert.equal(identity.type, 'SystemAssigned')
    const settings = settingsOf(properties.template.containers[0])
    assert.equal(settings.get('AZURE_OPENAI_USE_ENTRA_ID').value, 'true')
    assert.equal(settings.get('AZURE_TOKEN_CREDENTIALS').value, 'ManagedIdentityCredential')
    const [{ name }] = properties.configuration.secrets
    for (const each of ['AZURE_OPENAI_ENTRA_PLACEHOLDER', 'AZURE_API_KEY']) {
      assert.equal(settings.get(each).secretRef, name)
    }
  })
})
