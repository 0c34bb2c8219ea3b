/** musl's loader, for Node builds that are linked against it. */

import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { root, run, StepFailed } from '../support/run.mjs'
import { APT_GET, debianPackages } from './debian.mjs'

const FOLDER = join(root, 'target/tools/musl')
const SOURCE = join(FOLDER, 'source')

/**
 * Node's libraries use relative relocations (DT_RELR), which musl knows from 1.2.4 on. Debian 12 has 1.2.3: this adds
 * them, after the description in <https://groups.google.com/g/generic-abi/c/bX460iggiKg>.
 */
const CHANGES = [
  { file: 'src/internal/dynlink.h', before: '#define DYN_CNT 32', after: '#define DYN_CNT 37' },
  {
    file: 'ldso/dynlink.c',
    before: '\t\tdo_relocs(p, laddr(p, dyn[DT_RELA]), dyn[DT_RELASZ], 3);\n',
    after:
      '\t\tdo_relocs(p, laddr(p, dyn[DT_RELA]), dyn[DT_RELASZ], 3);\n\t\tdo_relr(p, laddr(p, dyn[36]), dyn[35]);\n',
  },
  {
    file: 'ldso/dynlink.c',
    before: 'static void reloc_all(struct dso *p)\n',
    after: `static void do_relr(struct dso *p, size_t *entry, size_t bytes)
{
	size_t base = (size_t)p->base, bits = 8*sizeof(size_t), *next = 0;
	for (size_t *end = entry + bytes/sizeof(size_t); entry < end; entry++) {
		if (!(*entry & 1)) {
			next = (size_t *)(base + *entry);
			*next++ += base;
			continue;
		}
		for (size_t bit = 1; bit < bits; bit++)
			if (*entry >> bit & 1) next[bit-1] += base;
		next += bits - 1;
	}
}

static void reloc_all(struct dso *p)
`,
  },
]

/**
 * The path of the loader, which is the C library itself.
 *
 * @param {'x86_64' | 'aarch64'} processor
 */
export async function muslLoader(processor) {
  const folder = join(FOLDER, processor)
  const loader = join(folder, 'lib/libc.so')
  if (existsSync(loader)) return loader
  const source = await muslSource()
  await debianPackages(
    processor === 'aarch64' ? ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'make'] : ['gcc', 'make'],
  )
  mkdirSync(folder, { recursive: true })
  const env = { ...process.env, CC: processor === 'aarch64' ? 'aarch64-linux-gnu-gcc' : 'gcc' }
  const configure = [join(source, 'configure'), `--target=${processor}-linux-musl`, '--disable-static']
  await run(`configuring musl for ${processor}`, configure, { cwd: folder, env })
  await run(`building musl for ${processor}`, ['make', '--jobs=2', 'lib/libc.so'], { cwd: folder, env })
  return loader
}

/** musl's source as Debian packages it, with our changes. */
async function muslSource() {
  if (existsSync(SOURCE)) return SOURCE
  await debianPackages(['dpkg-dev'])
  const options = [...APT_GET, ...withSources()]
  await run('reading the list of source packages', [...options, 'update'])
  await run('fetching the source of musl', [...options, 'source', '--download-only', 'musl'], { cwd: FOLDER })
  const archive = readdirSync(FOLDER).find((name) => /^musl_.*\.orig\.tar\.gz$/.test(name))
  if (!archive) throw new StepFailed('apt-get brought no source of musl')
  const unpacked = join(FOLDER, 'unpacked')
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(unpacked)
  await run('unpacking it', ['tar', '--extract', '--file', archive, '--directory', unpacked], { cwd: FOLDER })
  const [name] = readdirSync(unpacked)
  if (needsChanges(name)) for (const change of CHANGES) apply(change, join(unpacked, name))
  // Where it counts as there only once it is whole.
  renameSync(join(unpacked, name), SOURCE)
  return SOURCE
}

/** @param {{ file: string, before: string, after: string }} change @param {string} source */
function apply({ file, before, after }, source) {
  const path = join(source, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(before).length !== 2)
    throw new StepFailed(`${file} of musl is not as it was: ${before.trim()}`)
  writeFileSync(path, text.replace(before, after))
}

/** Options that let apt-get see the sources of the packages that this system is set up for, and leave it as it is. */
function withSources() {
  const parts = join(FOLDER, 'sources')
  for (const folder of [parts, join(FOLDER, 'lists/partial')]) mkdirSync(folder, { recursive: true })
  for (const file of listsOfSources()) {
    const text = readFileSync(file, 'utf8')
    const isLines = file.endsWith('.list')
    const sources = isLines
      ? text.replaceAll(/^deb\s/gm, 'deb-src ')
      : text.replaceAll(/^Types:.*$/gm, 'Types: deb-src')
    writeFileSync(join(parts, basename(file)), sources)
  }
  return ['sourcelist=/dev/null', `sourceparts=${parts}`]
    .map((option) => `Dir::Etc::${option}`)
    .concat(`Dir::State::lists=${join(FOLDER, 'lists')}`)
    .flatMap((option) => ['-o', option])
}

function listsOfSources() {
  const folder = '/etc/apt/sources.list.d'
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => /\.(?:sources|list)$/.test(name))
    : []
  return ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))].filter((file) =>
    existsSync(file),
  )
}

/** @param {string} name of the folder that the archive holds */
function needsChanges(name) {
  return name.localeCompare('musl-1.2.4', 'en', { numeric: true }) < 0
}
