import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { test } from 'node:test'

import { npm } from '../../scripts/support/run.mjs'
import { startAzureOpenAI } from '../support/azure-openai.mjs'
import { clientsFolder } from '../support/clients.mjs'
import { startIdentity } from '../support/identity.mjs'
import { programPath, run } from '../support/process.mjs'
import { assertKeyless, onSource } from '../support/scene.mjs'
import { secret } from '../support/secrets.mjs'
import { tls } from '../support/tls.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const NAME = 'azure-openai-entra'
const installed = dirname(fileURLToPath(import.meta.resolve(`${NAME}/package.json`)))
const clients = join(root, '__test__/clients', clientsFolder, 'package.json')

/** Starts the app as an operator does, with the package installed beside it. */
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
      await act({ source, azure, outcome })
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

const file = join(installed, 'register.js')

for (const [how, hook] of [
  // As in the example for Docker, where the package lies apart from the app.
  ['--require and its path', `--require ${file}`],
  ['--import and its address', `--import ${pathToFileURL(file)}`],
  ['--require and its name', `--require ${NAME}/register`],
  ['--import and its name', `--import ${NAME}/register`],
]) {
  test(`an app started by npm with ${how}, and its variables in .env: the token alone`, () =>
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

test('the example names the variables that the hook reads', () => {
  const example = (name) => readFileSync(join(root, 'examples/librechat-docker', name), 'utf8')
  const variables = parseEnv(example('.env.example'))
  for (const name of Object.keys(withPlaceholder())) {
    assert.ok(name in variables, name)
    assert.ok(readFileSync(join(root, 'docs/librechat.md'), 'utf8').includes(`${name}=`), name)
  }
  assert.match(example('librechat.yaml'), /apiKey: '\$\{AZURE_API_KEY\}'/)
  assert.match(example('Dockerfile'), /--require \S+\/azure-openai-entra\/register\.js/)
  assert.match(example('compose.yaml'), /\.\/\.env:\/app\/\.env/)
})
