/** musl's loader, for Node builds that are linked against it, and the libraries to preload there. */

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

/**
 * The path of jemalloc for musl, with which LibreChat's image replaces malloc.
 */
export async function muslJemalloc() {
  const folder = join(FOLDER, 'jemalloc')
  const library = join(folder, 'lib/libjemalloc.so.2')
  if (existsSync(library)) return library
  await debianPackages(['musl-tools', 'gcc', 'make', 'bzip2'])
  await unpackedSource('jemalloc', folder)
  const options = { cwd: folder, env: { ...process.env, CC: 'musl-gcc' } }
  const configure = ['./configure', '--host=x86_64-linux-musl', '--disable-cxx', '--disable-static']
  await run('configuring jemalloc for musl', configure, options)
  await run('building jemalloc for musl', ['make', '--jobs=2', 'build_lib_shared'], options)
  return library
}

/** musl's source as Debian packages it, with our changes. */
function muslSource() {
  return unpackedSource('musl', SOURCE, (source) => {
    const version = readFileSync(join(source, 'VERSION'), 'utf8')
    if (version.localeCompare('1.2.4', 'en', { numeric: true }) >= 0) return
    for (const change of CHANGES) apply(change, source)
  })
}

/**
 * The source of a package, as Debian has it before its own changes, in `folder`.
 *
 * @param {string} name
 * @param {string} folder
 * @param {(source: string) => void} [prepare]
 */
async function unpackedSource(name, folder, prepare) {
  if (existsSync(folder)) return folder
  await debianPackages(['dpkg-dev'])
  const options = [...APT_GET, ...withSources()]
  await run('reading the list of source packages', [...options, 'update'])
  await run(`fetching the source of ${name}`, [...options, 'source', '--download-only', name], {
    cwd: FOLDER,
  })
  const archive = readdirSync(FOLDER).find(
    (file) => file.startsWith(`${name}_`) && /\.orig\.tar\.\w+$/.test(file),
  )
  if (!archive) throw new StepFailed(`apt-get brought no source of ${name}`)
  const unpacked = `${folder}-unpacked`
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(unpacked)
  const unpack = ['tar', '--extract', '--file', archive, '--directory', unpacked, '--strip-components=1']
  await run('unpacking it', unpack, { cwd: FOLDER })
  prepare?.(unpacked)
  // Where it counts as there only once it is whole.
  renameSync(unpacked, folder)
  return folder
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
