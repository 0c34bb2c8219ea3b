import { createPrivateKey } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Writes the files of a case, into `folder` where their names are not absolute, and says where they are.
 *
 * A file is text, or `{ concat: [...], lineEnd, before }` of the suite's certificates, each part a path or
 * `{ key: path, type, passphrase }`, that key in another form, with the text `before` it.
 */
export const placeFiles = (wanted, folder, fill) =>
  Object.entries(wanted).map(([name, content]) => {
    const path = name.startsWith('/') ? name : join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (content.folder) mkdirSync(path)
    else writeFileSync(path, typeof content === 'string' ? content : joined(content, fill))
    return path
  })

const joined = ({ concat, lineEnd = '\n', before = '' }, fill) =>
  concat
    .map((part) => before + (part.key ? exported(part, fill) : readFileSync(fill(part), 'utf8')))
    .join('\n')
    .replace(/\r?\n/g, lineEnd)

/**
 * @param {{ key: string, type?: 'pkcs1' | 'pkcs8' | 'sec1', passphrase?: string }} form
 * @param {(text: string) => string} fill
 */
const exported = ({ key, type = 'pkcs8', passphrase }, fill) => {
  const secrecy = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  // The types know no export whose `type` is any of them.
  const options = /** @type {import('node:crypto').KeyExportOptions<'pem'>} */ ({
    format: 'pem',
    type,
    ...secrecy,
  })
  return createPrivateKey(readFileSync(fill(key))).export(options)
}
