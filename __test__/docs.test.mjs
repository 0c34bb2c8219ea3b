import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'

import { root } from '../scripts/support/run.mjs'
import { run } from '../testkit/process.mjs'

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8')

/** What a reader finds: not the notes of folders that others wrote. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  '.github/SECURITY.md',
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
    /** @param {string} heading */
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
  {
    command: /^npm install azure-openai-entra$/,
    file: '__test__/installed.test.mjs',
    holds: /npm\(\), 'install'/,
  },
  {
    command: /^RUN npm install .*azure-openai-entra@\$\{ENTRA_VERSION\}$/,
    file: '__test__/installed.test.mjs',
    holds: /npm\(\), 'install'/,
  },
  {
    command: /^npx azure-openai-entra doctor$/,
    file: '__test__/installed.test.mjs',
    holds: /npx\('doctor'\)/,
  },
  {
    command: /^HEALTHCHECK .*CMD node_modules\/\.bin\/azure-openai-entra health$/,
    file: '__test__/installed.test.mjs',
    holds: /npx\('health'\)/,
  },
  {
    command: /^npm run demo\b/,
    file: '__test__/demo.test.mjs',
    holds: /examples\/demo\/demo\.mjs|demo\.mjs/,
  },
  { command: /^npm run lab -- faults\b/, file: 'lab/faults/faults.test.mjs', holds: /\/cells/ },
  // All of it: what CI runs calls the function that `npm test` calls.
  { command: /^npm test\b/, file: 'scripts/ready.mjs', holds: /await test\(\)/ },
  {
    command: /^npx azure-openai-entra librechat \. --with-tests( +#.*)?$/,
    file: '__test__/librechat-specs.test.mjs',
    holds: /'--with-tests'/,
  },
  {
    command: /^npx azure-openai-entra librechat \. *(--check|--revert|--update|--migrate)?( +#.*)?$/,
    file: '__test__/librechat-tool.test.mjs',
    holds: /'--revert'/,
  },
  {
    command: /^cargo build --release --locked --package azure-openai-entra$/,
    file: 'scripts/build-all.mjs',
    holds: /'--release',\s+'--locked',\s+'--package',\s+CRATE/,
  },
  {
    command: /^cp target\/release\/\S+ <app>\/node_modules\/azure-openai-entra\/\S+\.node$/,
    file: '__test__/addon.test.mjs',
    holds: /built from source, and copied to the path in the error/,
  },
  {
    command: /^azure-openai-entra-proxy (check )?--upstream https:\S+$/,
    file: 'proxy/tests/proxy/program.rs',
    holds: /"check", "--upstream"/,
  },
  {
    command: /^azure-openai-entra-proxy --upstream https:\S+ +--assertion-command '\[.*\]'$/,
    file: '__test__/proxy-assertions.test.mjs',
    holds: /'--assertion-command'/,
  },
  {
    command: /^npx azure-openai-entra-proxy --upstream https:\S+ # or: uvx azure-openai-entra-proxy …$/,
    file: 'lab/rehearsal/programs.mjs',
    holds: /npm\(\), 'exec'/,
  },
  {
    command: /^(helm install proxy proxy\/helm|--set (upstream|keySecret\.name|clientId)=)/,
    file: 'scripts/manifests.mjs',
    holds: /renderChart\(VALUES\)/,
  },
  {
    command: /^npx azure-openai-entra swap \.$/,
    file: '__test__/swap.test.mjs',
    holds: /join\(root, TOOL\), 'swap'/,
  },
  {
    command: /^npm install @azure\/identity-real@npm:@azure\/identity$/,
    file: 'lab/rehearsal/apps/swapped/package.json',
    holds: /"@azure\/identity-real": "npm:@azure\/identity@/,
  },
  // LibreChat's own, in its checkout.
  {
    command: /^npm (install|run frontend)( +#.*)?$/,
    file: 'cli/librechat/command.mjs',
    holds: /npm run frontend/,
  },
]

/** Commands that are run here. */
const RUN = [/^openssl rand -hex 32\b/]

const COMMANDS_OF_DOCKER = /^(RUN|HEALTHCHECK|CMD|ENTRYPOINT)\b/

/** Every command line in a page's blocks for shells and for Docker. */
const commands = pages.flatMap((page) =>
  [...read(page).matchAll(/^ *```(sh|dockerfile)( [^\n]*)?\n([^]*?)^ *```$/gm)].flatMap(
    ([, language, mark = '', text]) =>
      text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
        .filter((line) => language === 'sh' || COMMANDS_OF_DOCKER.test(line))
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
  })

  test('marked as needing Azure are those of az and kubectl, and the doctor with a resource', () => {
    const marked = commands.filter(({ needsAzure }) => needsAzure)
    assert.ok(marked.length > 0)
    const others = marked.filter(
      ({ command }) =>
        !/^([A-Z]+=\$\()?(az|kubectl) /.test(command) && !/ doctor --endpoint https:/.test(command),
    )
    assert.deepEqual(others, [])
  })

  test('stand in blocks of a language that is looked at', () => {
    const languages = new Set(
      pages.flatMap((page) =>
        [...read(page).matchAll(/^ *```(.+)$/gm)].map(([, mark]) => mark.split(' ')[0]),
      ),
    )
    const known = ['sh', 'dockerfile', 'js', 'properties', 'text', 'hcl', 'mermaid', 'python', 'yaml']
    assert.deepEqual(
      [...languages].filter((language) => !known.includes(language)),
      [],
    )
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

  test('of this repository exist, on every page', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const told = pages.flatMap((page) =>
      [...read(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name),
    )
    // LibreChat's own.
    const gone = told.filter((name) => !(name in scripts) && name !== 'frontend' && name !== 'backend')
    assert.deepEqual(gone, [])
  })

  test('of the tool exist with their options, on every page', async () => {
    const help = new Map()
    for (const name of ['doctor', 'health', 'librechat', 'swap']) {
      const { stdout } = await run([process.execPath, 'bin/azure-openai-entra.js', name, '--help'])
      help.set(name, stdout)
    }
    const told = pages.flatMap((page) =>
      [...read(page).matchAll(/azure-openai-entra (doctor|health|librechat|swap)\b([^`\n"|]*)/g)].map(
        ([, name, rest]) => ({ page, name, options: rest.match(/--[\w-]+/g) ?? [] }),
      ),
    )
    assert.ok(told.length > 10)
    for (const { page, name, options } of told) {
      for (const option of options) assert.ok(help.get(name).includes(option), `${page}: ${name} ${option}`)
    }
  })

  test('openssl rand -hex 32 makes a placeholder that is taken', (context) => {
    let text
    try {
      text = execFileSync('openssl', ['rand', '-hex', '32'], { encoding: 'utf8' }).trim()
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error
      return context.skip('there is no openssl on this machine')
    }
    assert.match(text, /^[A-Za-z0-9]{32,}$/)
  })
})

test("the README's first screen has the package, the code, and what to do without a token", () => {
  const screen = read('README.md').split('\n').slice(0, 30).join('\n')
  for (const said of ['npm install azure-openai-entra', 'getAzureOpenAIToken', 'azure-openai-entra doctor'])
    assert.ok(screen.includes(said), said)
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
