import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Does what the files beside it say, but a login folder with an answer gives that answer; writes down its calls. In sh,
 * because it must start fast and in a process without descriptors: `tools.mjs` scripts any tool, in Node.
 */
const SCRIPT = `#!/bin/sh
here="\${0%/*}"
{ pwd; for argument; do printf '%s\\n' "$argument"; done; } >> "$here/calls"
[ -e "$here/hang" ] && exec sleep 600
cat "\${AZURE_CONFIG_DIR:-$HOME/.azure}/answer.json" 2>/dev/null || cat "$here/stdout"
cat "$here/stderr" >&2
exit "$(cat "$here/code")"
`

/** @typedef {ReturnType<typeof fakeAzureCli>} FakeAzureCli */

/**
 * An `az` of the test's own. `environment`'s PATH finds it, and not the machine's real one.
 *
 * @param {{ stdout?: unknown, stderr?: string, code?: number, hang?: boolean }} behaviour
 */
export const fakeAzureCli = ({ stdout = '', stderr = '', code = 0, hang = false }) => {
  const directory = mkdtempSync(join(tmpdir(), 'entra-test-az-'))
  /** @param {string} name */
  const file = (name) => join(directory, name)
  writeFileSync(file('az'), SCRIPT)
  chmodSync(file('az'), 0o755)
  writeFileSync(file('stdout'), typeof stdout === 'string' ? stdout : JSON.stringify(stdout))
  writeFileSync(file('stderr'), stderr)
  writeFileSync(file('code'), String(code))
  if (hang) writeFileSync(file('hang'), '')
  return {
    environment: {
      AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential',
      PATH: [directory, withoutTools()].join(delimiter),
    },
    /** The working directory and the arguments of all calls, line by line. */
    calls: () => (existsSync(file('calls')) ? readFileSync(file('calls'), 'utf8').trimEnd().split('\n') : []),
    /**
     * The folder of a user with a login: the answer is that login's.
     *
     * @param {string} user
     * @param {unknown} answer
     */
    logIn: (user, answer) => {
      const folder = file(user)
      mkdirSync(join(folder, '.azure'), { recursive: true })
      writeFileSync(join(folder, '.azure', 'answer.json'), JSON.stringify(answer))
      return folder
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const TOOLS = ['az', 'azd', 'pwsh', 'powershell']

/** This process's PATH without the folders of tools that could have a login. */
const withoutTools = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !TOOLS.some((tool) => existsSync(join(folder, tool))))
    .join(delimiter)

/** An environment in which no such tool is found. */
export const noDeveloperTools = () => ({ PATH: withoutTools() })
