import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test } from 'node:test'

import { npm } from '../../scripts/support/run.mjs'
import { startAzureOpenAI } from '../../testkit/azure-openai.mjs'
import { startIdentity } from '../../testkit/identity.mjs'
import { run, start } from '../../testkit/process.mjs'
import { clientsPath } from '../support/clients.mjs'
import { assertKeyless, onSource } from '../support/fixture.mjs'
import { programPath } from '../support/programs.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { valuesOf } from '../../testkit/stand-in.mjs'
import { tls } from '../../testkit/tls.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const NAME = 'azure-openai-entra'
const installed = dirname(fileURLToPath(import.meta.resolve(`${NAME}/package.json`)))
const clients = join(clientsPath, 'package.json')

/**
 * @typedef {{
 *   source: import('../support/fixture.mjs').Identity, azure: import('../support/fixture.mjs').Azure, folder: string,
 *   file: Variables, outcome: (hook: string) => ReturnType<typeof run>,
 *   begin: (program: string, hook: string, variables?: Variables) => ReturnType<typeof start>,
 * }} App
 *
 * @typedef {Record<string, string>} Variables
 */

/**
 * Starts the app as an operator does, with the package installed beside it.
 *
 * @param {() => Record<string, string>} variablesOf
 * @param {(app: App) => unknown} act
 */
const onApp = (variablesOf, act) =>
  onSource({ start: startIdentity }, async (source) => {
    const certificate = await tls()
    const azure = await startAzureOpenAI({ knows: source.knows, tls: certificate })
    const folder = mkdtempSync(join(tmpdir(), 'entra-test-'))
    try {
      const url = `${azure.origin}/openai/deployments/chat/chat/completions`
      cpSync(programPath('dotenv-app.cjs'), join(folder, 'app.cjs'))
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(installed, join(folder, 'node_modules', NAME), 'junction')
      const scripts = { backend: `node app.cjs ${clients} ${url}` }
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, scripts }))
      const file = { AZURE_OPENAI_ENTRA_ALLOWED_HOSTS: 'localhost', ...source.environment, ...variablesOf() }
      const lines = Object.entries(file).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(join(folder, '.env'), lines.join(''))
      /** @param {string} hook */
      const outcome = (hook) =>
        run([...npm(), 'run', '--silent', 'backend'], {
          cwd: folder,
          variables: {
            NODE_OPTIONS: hook,
            NODE_EXTRA_CA_CERTS: certificate.caFile,
            // The script says `node`: it is to be this one, whichever runs the test.
            PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
          },
        })
      /** @param {string} program @param {string} hook @param {Variables} [variables] */
      const begin = (program, hook, variables) =>
        start([process.execPath, programPath(program), clients, url], {
          cwd: folder,
          variables: {
            NODE_OPTIONS: `--require ${JSON.stringify(hook)}`,
            NODE_EXTRA_CA_CERTS: certificate.caFile,
            ...variables,
          },
        })
      await act({ source, azure, outcome, begin, file, folder })
    } finally {
      rmSync(folder, { recursive: true, force: true })
      await azure.close()
    }
  })

const withPlaceholder = () => {
  const placeholder = secret('placeholder')
  return {
    AZURE_OPENAI_USE_ENTRA_ID: 'true',
    AZURE_OPENAI_ENTRA_PLACEHOLDER: placeholder,
    AZURE_API_KEY: placeholder,
  }
}

const register = join(installed, 'register.js')

for (const [how, hook] of [
  // As in the example for Docker, whose package is not in the app's folder.
  ['--require and its path', `--require ${register}`],
  ['--import and its address', `--import ${pathToFileURL(register)}`],
  ['--require and its name', `--require ${NAME}/register`],
  ['--import and its name', `--import ${NAME}/register`],
]) {
  test(`an app started by npm with ${how}, and its variables in .env: only the token`, () =>
    onApp(withPlaceholder, async ({ source, azure, outcome }) => {
      const { code, stdout, stderr } = await outcome(hook)
      assert.deepEqual({ code, stdout }, { code: 0, stdout: `200 200 ${process.execPath}\n` }, stderr)
      assertKeyless({ source, azure }, 2)
    }))
}

test('without a placeholder it is off, and says so once', () =>
  onApp(
    () => ({ AZURE_OPENAI_USE_ENTRA_ID: 'true', AZURE_API_KEY: secret('key') }),
    async ({ source, outcome }) => {
      const { stdout, stderr } = await outcome(`--require ${NAME}/register`)
      assert.equal(stdout, `401 401 ${process.execPath}\n`, stderr)
      assert.equal(stderr.match(/register is off/g)?.length, 1, stderr)
      assert.equal(source.requests.length, 0)
    },
  ))

test('an ES module that reads .env late: a token is fetched before anything is sent', () =>
  onApp(withPlaceholder, async ({ source, begin }) => {
    const { child, ended } = begin('late-env.mjs', register)
    const outcome = ended()
    await Promise.race([source.arrived(1), outcome])
    if (child.connected) child.send('end')
    const { code, stderr } = await outcome
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(source.requests.length, 1)
  }))

test('if the addon does not load the app goes on, and the placeholder is not sent', () =>
  onApp(withPlaceholder, async ({ azure, begin, file, folder }) => {
    const copy = join(folder, 'without-addon')
    for (const name of ['register.js', 'lib'])
      cpSync(join(installed, name), join(copy, name), { recursive: true })
    const { ended } = begin('without-addon.cjs', join(copy, 'register.js'), file)
    const { stdout, stderr } = await ended()
    const [byFetch, byHttps, ...others] = stdout.trim().split('\n')
    assert.equal(byFetch, '401 ENTRA_ID_UNAVAILABLE')
    assert.match(byHttps, /^azure-openai-entra has no addon for /)
    assert.deepEqual(others, ['401', '401 null'])
    assert.match(stderr, /register has no token: azure-openai-entra has no addon for /)
    assert.deepEqual(
      azure.requests.map((it) => valuesOf(it, 'api-key')),
      [[], ['real']],
    )
  }))

test('the example names the variables that the hook reads', () => {
  /** @param {string} name */
  const example = (name) => readFileSync(join(root, 'examples/librechat-docker', name), 'utf8')
  const variables = parseEnv(example('.env.example'))
  const page = readFileSync(join(root, 'docs/librechat.md'), 'utf8')
  assert.ok(!('AZURE_API_KEY' in variables), 'LibreChat warns of it beside groups')
  for (const name of Object.keys(withPlaceholder()).filter((each) => each !== 'AZURE_API_KEY')) {
    assert.ok(name in variables, name)
    assert.ok(page.includes(`${name}=`), name)
  }
  for (const text of [example('librechat.yaml'), page]) {
    assert.match(text, /^ {8}apiKey: '\$\{AZURE_OPENAI_ENTRA_PLACEHOLDER\}'$/m)
  }
  assert.ok(page.includes(example('Dockerfile')))
  assert.match(example('Dockerfile'), /--require \S+\/azure-openai-entra\/register\.js/)
  assert.match(example('compose.yaml'), /\.\/\.env:\/app\/\.env/)
})
