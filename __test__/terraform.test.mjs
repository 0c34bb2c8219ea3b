import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import { checkFolder } from '../scripts/terraform/check.mjs'

const module = new URL('../terraform/', import.meta.url)

/**
 * What the check says of the module with one line of a file changed.
 *
 * @param {string} file
 * @param {string} before
 * @param {string} after
 */
const faultsWith = async (file, before, after) => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-terraform-'))
  try {
    cpSync(module, folder, { recursive: true, filter: (path) => !path.includes('.terraform') })
    const text = readFileSync(join(folder, file), 'utf8')
    assert.ok(text.includes(before), `${file} holds no ${before}`)
    writeFileSync(join(folder, file), text.replace(before, after))
    return (await checkFolder(folder)).faults
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("the module against the provider's schema", () => {
  test('every resource, block, attribute and reference is one of the provider', async () => {
    const { resources, faults } = await checkFolder(module.pathname)
    assert.deepEqual(faults, [])
    assert.ok(resources >= 10, `${resources} resources`)
  })

  for (const { fault, file, before, after, said } of [
    {
      fault: 'a misspelt attribute',
      file: 'openai.tf',
      before: 'local_auth_enabled  ',
      after: 'local_auth_enable  ',
      said: ['openai.tf: azurerm_cognitive_account.openai has no local_auth_enable'],
    },
    {
      fault: 'a required attribute that is missing',
      file: 'openai.tf',
      before: 'kind                = "OpenAI"\n',
      after: '\n',
      said: ['openai.tf: azurerm_cognitive_account.openai lacks kind, which is required'],
    },
    {
      fault: 'a resource that does not exist',
      file: 'roles.tf',
      before: 'resource "azurerm_role_assignment" "librechat"',
      after: 'resource "azurerm_role_grant" "librechat"',
      said: ['roles.tf: azurerm_role_grant.librechat: the provider has no azurerm_role_grant'],
    },
    {
      fault: 'a misspelt attribute in a nested block',
      file: 'librechat.tf',
      before: 'docker_image_name ',
      after: 'docker_image ',
      said: [
        'librechat.tf: azurerm_linux_web_app.librechat.site_config.application_stack has no docker_image',
      ],
    },
    {
      fault: 'a misspelt attribute in a generated block',
      file: 'rag_api.tf',
      before: 'secret_name =',
      after: 'secret_ref =',
      said: ['rag_api.tf: azurerm_container_app.rag_api.template.container.env has no secret_ref'],
    },
    {
      fault: 'a reference to an attribute that is not exported',
      file: 'outputs.tf',
      before: 'azurerm_cognitive_account.openai.endpoint',
      after: 'azurerm_cognitive_account.openai.address',
      said: [
        'outputs.tf: azurerm_cognitive_account.openai.address: azurerm_cognitive_account exports no such attribute',
      ],
    },
    {
      fault: 'a reference into a block',
      file: 'librechat.tf',
      before: 'azurerm_linux_web_app.librechat.identity[0].principal_id',
      after: 'azurerm_linux_web_app.librechat.identity[0].object_id',
      said: [
        'librechat.tf: azurerm_linux_web_app.librechat.identity[0].object_id: azurerm_linux_web_app exports no such attribute',
      ],
    },
    {
      fault: 'a reference in a test',
      file: 'tests/module.tftest.hcl',
      before: 'azurerm_linux_web_app.librechat.https_only',
      after: 'azurerm_linux_web_app.librechat.https',
      said: [
        'tests/module.tftest.hcl: azurerm_linux_web_app.librechat.https: azurerm_linux_web_app exports no such attribute',
      ],
    },
    {
      fault: 'a mocked attribute that the resource does not have',
      file: 'tests/module.tftest.hcl',
      before: 'endpoint = "https://contoso-openai',
      after: 'address = "https://contoso-openai',
      said: ['tests/module.tftest.hcl: mock_resource azurerm_cognitive_account: it exports no address'],
    },
  ]) {
    test(`${fault} is found`, async () => assert.deepEqual(await faultsWith(file, before, after), said))
  }
})

test("the Terraform of docs/federation.md has the names of the provider's schema", async () => {
  const page = readFileSync(new URL('../docs/federation.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```hcl\n([^]*?)^```$/gm)].map(([, block]) => block)
  const folder = mkdtempSync(join(tmpdir(), 'entra-terraform-'))
  try {
    writeFileSync(join(folder, 'main.tf'), blocks.join('\n'))
    const { resources, faults } = await checkFolder(folder)
    assert.deepEqual(faults, [])
    assert.ok(resources >= 7, `${resources} resources`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("the module's README tells of every input and output", () => {
  const page = readFileSync(new URL('README.md', module), 'utf8')
  for (const file of ['variables.tf', 'outputs.tf']) {
    const text = readFileSync(new URL(file, module), 'utf8')
    const named = [...text.matchAll(/^(?:variable|output) "(\w+)"/gm)]
    assert.ok(named.length >= 5)
    for (const [, name] of named) assert.match(page, new RegExp(`^\\| \`${name}\` `, 'm'))
  }
})

test('the app settings that the module makes are variables that the package reads', () => {
  const { text: librechat } = { text: readFileSync(new URL('librechat.tf', module), 'utf8') }
  const documented = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
  const ours = [
    ...librechat.matchAll(/^\s+(AZURE_(?:OPENAI_(?:USE_ENTRA_ID|ENTRA_\w+)|TOKEN_CREDENTIALS))\s+=/gm),
  ]
  assert.ok(ours.length >= 4)
  for (const [, name] of ours) assert.ok(documented.includes(`\`${name}\``), name)
})
