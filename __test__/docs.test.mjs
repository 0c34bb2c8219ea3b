import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { parseAllDocuments } from 'yaml'

import { startIdentity } from './support/identity.mjs'
import { run } from './support/process.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => readFileSync(join(root, path), 'utf8')

/** What a reader finds: not the notes of folders that others wrote. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'terraform/README.md',
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
      .map((file) => `${folder}/${file}`),
  ),
]

describe('links', () => {
  for (const page of pages) {
    test(`of ${page} lead to files that exist`, () => {
      const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link)
      const broken = links.filter(
        (link) => !/^(https?|mailto):/.test(link) && !existsSync(join(root, dirname(page), link)),
      )
      assert.deepEqual(broken, [])
    })
  }

  test('to headings lead to headings', () => {
    const slug = (heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-')
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#\s:]*)#([^)]+)\)/g)].flatMap(([, file, anchor]) => {
        const target = file === '' ? page : join(dirname(page), file)
        const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading))
        return headings.includes(anchor) ? [] : [`${page}: ${file}#${anchor}`]
      }),
    )
    assert.deepEqual(broken, [])
  })
})

/** Commands that another test or the checks run, each with the file that does and what it holds. */
const COVERED = [
  { command: /^npm install azure-openai-entra$/, file: 'rehearsal/ways.mjs', holds: /npm.*install/ },
  { command: /^npm run demo\b/, file: '__test__/demo.test.mjs', holds: /demo/ },
  { command: /^npm run faults\b/, file: '__test__/faults.test.mjs', holds: /faults\/cells/ },
  { command: /^npm test\b/, file: '.ci/run', holds: /npm test|ready/ },
  {
    command: /^npx azure-openai-entra librechat \. *(--check|--revert)?( +#.*)?$/,
    file: '__test__/librechat-tool.test.mjs',
    holds: /'--revert'/,
  },
  {
    command: /^cargo build --release --locked --package azure-openai-entra-addon$/,
    file: 'scripts/build-all.mjs',
    holds: /'--release',\s+'--locked',\s+'--package',\s+CRATE/,
  },
  {
    command: /^cp target\/release\/\S+ <app>\/node_modules\/azure-openai-entra\/\S+\.node$/,
    file: '__test__/addon.test.mjs',
    holds: /built from source, and put where it was looked for/,
  },
  // LibreChat's own, in its checkout.
  { command: /^npm (install|run frontend)\b/, file: 'cli/librechat/command.mjs', holds: /npm run frontend/ },
]

/** Commands that are run here. */
const RUN = [/^npx azure-openai-entra doctor$/, /^openssl rand -hex 32\b/]

const commands = pages
  .filter((page) => page === 'README.md' || page.startsWith('docs/') || page.startsWith('terraform/'))
  .flatMap((page) =>
    [...read(page).matchAll(/^ *```sh( [^\n]*)?\n([^]*?)^ *```$/gm)].flatMap(([, mark = '', text]) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((command) => ({ page, command, needsAzure: mark.trim() === 'azure' })),
    ),
  )

describe('commands', () => {
  test('are run by a test, or marked as needing Azure', () => {
    const unproven = commands.filter(
      ({ command, needsAzure }) =>
        !needsAzure && ![...COVERED.map((it) => it.command), ...RUN].some((known) => known.test(command)),
    )
    assert.deepEqual(unproven, [])
    assert.ok(commands.some(({ needsAzure }) => needsAzure))
  })

  test('that other tests run are still run by them', () => {
    for (const { command, file, holds } of COVERED) {
      assert.ok(
        commands.some((it) => command.test(it.command)),
        `${command} is in no page`,
      )
      assert.match(read(file), holds)
    }
  })

  test('npx azure-openai-entra doctor', async () => {
    const source = await startIdentity()
    try {
      const variables = {
        ...source.environment,
        PATH: '/nowhere',
        AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1',
      }
      const { code } = await run([process.execPath, 'bin/azure-openai-entra.js', 'doctor'], { variables })
      assert.equal(code, 0)
    } finally {
      await source.close()
    }
  })

  test('openssl rand -hex 32 makes a placeholder that is taken', (context) => {
    let text
    try {
      text = execFileSync('openssl', ['rand', '-hex', '32'], { encoding: 'utf8' }).trim()
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
      return context.skip('there is no openssl on this machine')
    }
    assert.match(text, /^[A-Za-z0-9]{32,}$/)
  })
})

test('what was asked for: each row of the coverage has its proof', () => {
  const rows = read('docs/seed-coverage.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (-|asked for)/.test(line))
  assert.ok(rows.length >= 30, `${rows.length} rows`)
  for (const row of rows) {
    const [, asked, here, proof] = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
    assert.ok(asked && here, row)
    assert.match(proof, /\]\([^)]+\)/, row)
  }
})

test('the package has no runtime dependencies and no script that an installation runs', () => {
  const { dependencies, scripts } = JSON.parse(read('package.json'))
  assert.equal(dependencies, undefined)
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.equal(scripts[hook], undefined)
})

describe('the manifests of the examples', () => {
  const documents = (path) =>
    parseAllDocuments(read(path)).map((document) => {
      assert.deepEqual(document.errors, [])
      return document.toJS()
    })
  const settingsOf = (container) => new Map(container.env.map((each) => [each.name, each]))

  test('AKS: the pod of the annotated service account has the label, the switch and the placeholder', () => {
    const all = documents('examples/aks/librechat.yaml')
    const one = (kind) => all.find((it) => it.kind === kind)
    const account = one('ServiceAccount')
    const { metadata, spec } = one('Deployment').spec.template
    assert.ok(account.metadata.annotations['azure.workload.identity/client-id'])
    assert.equal(spec.serviceAccountName, account.metadata.name)
    assert.equal(metadata.labels['azure.workload.identity/use'], 'true')
    assert.equal(one('Deployment').spec.selector.matchLabels.app, metadata.labels.app)
    assert.ok(all.every((it) => it.kind === 'Namespace' || it.metadata.namespace === 'librechat'))
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
    const [{ identity, properties }] = documents('examples/container-apps/librechat.yaml')
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
