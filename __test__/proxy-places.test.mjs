import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { parseAllDocuments } from 'yaml'

const root = fileURLToPath(new URL('../', import.meta.url))
/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8')
/** @param {string} path */
const documents = (path) => parseAllDocuments(read(path)).map((document) => document.toJS())
const { version } = JSON.parse(read('package.json'))

const TEMPLATES = readdirSync(join(root, 'proxy/helm/templates')).map(
  (name) => `proxy/helm/templates/${name}`,
)
const EXAMPLES = ['aks/rag-api.yaml', 'container-apps/rag-api.yaml', 'librechat-docker/compose.yaml'].map(
  (name) => `examples/${name}`,
)
/** What starts the proxy. */
const PLACES = [...TEMPLATES, ...EXAMPLES, 'terraform/rag_api.tf', 'docs/proxy.md', 'proxy/README.md']

/** The program's flags, by its own list. */
const flags = new Set(
  [...read('proxy/src/cli.rs').matchAll(/^ +(?:Flag \{ )?name: "([a-z-]+)"/gm)].map(([, name]) => name),
)

test('what starts the proxy gives it only flags and variables that it has', () => {
  assert.ok(flags.size >= 14)
  const named = PLACES.flatMap((path) => {
    const text = read(path)
    const variables = [...text.matchAll(/\bAZURE_OPENAI_ENTRA_PROXY_([A-Z_]+)\b/g)]
    const given = [
      ...(path === 'proxy/README.md' || TEMPLATES.includes(path)
        ? text.matchAll(/(?<![\w-])--([a-z-]+)/g)
        : []),
      ...text.matchAll(/azure-openai-entra-proxy(?:,| check| wait)* --([a-z-]+)/g),
    ]
    return [
      ...variables.map(([, name]) => name.toLowerCase().replaceAll('_', '-')),
      ...given.map(([, name]) => name),
    ].map((flag) => ({ path, flag }))
  })
  assert.ok(named.length >= 20)
  assert.deepEqual(
    named.filter(({ flag }) => !flags.has(flag)),
    [],
  )
})

test('everything that names the version of the proxy names that of the package', () => {
  const manifest = /^version = "(.+)"$/m
  assert.equal(manifest.exec(read('proxy/Cargo.toml'))?.[1], version)
  assert.equal(JSON.parse(read('proxy/npm/package.json')).version, version)
  const [chart] = documents('proxy/helm/Chart.yaml')
  assert.deepEqual([chart.version, chart.appVersion], [version, version])
  const images = [...EXAMPLES, 'terraform/variables.tf'].flatMap((path) =>
    [...read(path).matchAll(/ghcr\.io\/azure-openai-entra\/azure-openai-entra-proxy:([\w.-]+)/g)].map(
      ([, tag]) => tag,
    ),
  )
  assert.deepEqual([...new Set(images)], [version])
  assert.ok(images.length >= 4)
})

test('the packages carry the licence of the repository', () => {
  assert.equal(read('proxy/LICENSE'), read('LICENSE'))
})

test('what the Dockerfile copies is all that cargo needs of the repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entra-dockerfile-'))
  try {
    const copied = [...read('proxy/Dockerfile').matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, names]) =>
      names.split(' '),
    )
    assert.ok(copied.length >= 4)
    for (const name of copied)
      cpSync(join(root, name), join(folder, name), {
        recursive: true,
        filter: (path) => !/\/(target|node_modules)$/.test(path),
      })
    const { status, stderr } = spawnSync(
      'cargo',
      ['metadata', '--locked', '--offline', '--no-deps', '--format-version', '1'],
      { cwd: folder, encoding: 'utf8', timeout: 60_000 },
    )
    assert.equal(status, 0, stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe('the RAG API with the proxy beside it', () => {
  const KEY = 'RAG_AZURE_OPENAI_API_KEY'
  const PLACEHOLDER = 'AZURE_OPENAI_ENTRA_PLACEHOLDER'

  /** @param {Record<string, string>} ragApi @param {Record<string, string>} proxy */
  const check = (ragApi, proxy) => {
    assert.equal(ragApi.RAG_AZURE_OPENAI_ENDPOINT, 'http://127.0.0.1:8787')
    assert.match(ragApi.RAG_AZURE_OPENAI_API_VERSION, /^\d{4}-\d\d-\d\d$/)
    assert.match(ragApi.NO_PROXY, /\b127\.0\.0\.1\b/)
    assert.ok(ragApi.JWT_SECRET)
    assert.match(proxy.AZURE_OPENAI_ENTRA_PROXY_UPSTREAM, /^https:\/\/\S+\.openai\.azure\.com$/)
    // Clients connect on the loopback interface that the two share.
    assert.equal(proxy.AZURE_OPENAI_ENTRA_PROXY_LISTEN, undefined)
  }
  /** @param {{ env: any[] }} container any, as its manifest has it @returns {Record<string, string>} */
  const settingsOf = ({ env }) =>
    Object.fromEntries(
      env.map(({ name, value, valueFrom, secretRef }) => [
        name,
        value ?? secretRef ?? valueFrom.secretKeyRef.key,
      ]),
    )

  test('compose: the proxy is in the network of the RAG API, publishes no port and writes nothing', () => {
    const [{ services }] = documents('examples/librechat-docker/compose.yaml')
    const { rag_api: ragApi, proxy, librechat } = services
    check(ragApi.environment, proxy.environment)
    assert.equal(proxy.network_mode, 'service:rag_api')
    assert.ok(!('ports' in proxy) && !('ports' in ragApi) && !('networks' in proxy))
    assert.ok(proxy.read_only && proxy.cap_drop.includes('ALL'))
    assert.equal(proxy.environment[PLACEHOLDER], `\${${KEY}}`)
    assert.ok(ragApi.environment[KEY].startsWith(`\${${KEY}:?`))
    assert.equal(librechat.environment.RAG_API_URL, 'http://rag_api:8000')
  })

  test('AKS: the proxy is a native sidecar, and both have one local key', () => {
    const all = documents('examples/aks/rag-api.yaml')
    /** @param {string} kind */
    const one = (kind) => all.find((each) => each.kind === kind)
    const { metadata, spec } = one('Deployment').spec.template
    const [[proxy], [ragApi]] = [spec.initContainers, spec.containers]
    assert.equal(proxy.restartPolicy, 'Always')
    check(settingsOf(ragApi), settingsOf(proxy))
    assert.equal(settingsOf(proxy)[PLACEHOLDER], settingsOf(ragApi)[KEY])
    assert.ok(settingsOf(proxy)[PLACEHOLDER] in one('Secret').stringData)
    assert.equal(metadata.labels['azure.workload.identity/use'], 'true')
    assert.equal(spec.serviceAccountName, one('ServiceAccount').metadata.name)
    assert.ok(proxy.securityContext.readOnlyRootFilesystem && proxy.securityContext.runAsNonRoot)
  })

  test('Container Apps: both are of one replica, and have one local key', () => {
    const [{ properties }] = documents('examples/container-apps/rag-api.yaml')
    const [ragApi, proxy] = properties.template.containers
    check(settingsOf(ragApi), settingsOf(proxy))
    assert.equal(settingsOf(proxy)[PLACEHOLDER], settingsOf(ragApi)[KEY])
    assert.ok(
      properties.configuration.secrets.some(
        (/** @type {{ name: string }} */ { name }) => name === settingsOf(ragApi)[KEY],
      ),
    )
    // Nothing but the RAG API is reachable.
    assert.equal(properties.configuration.ingress.targetPort, 8000)
  })
})
