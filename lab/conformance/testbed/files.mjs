import { createPrivateKey } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Writes the files of a case, into `folder` if their names are not absolute, and says where they are.
 *
 * A file is text, or `{ concat: [...], lineEnd, before }` of the suite's certificates, each part a path or
 * `{ key: path, type, passphrase }`, that key in another form, with the text `before` it.
 *
 * @typedef {import('../cases/common.mjs').Form} Form
 * @typedef {(text: string) => string} Fill
 * @param {Record<string, string | Form>} wanted
 * @param {string} folder
 * @param {Fill} fill
 */
export const placeFiles = (wanted, folder, fill) =>
  Object.entries(wanted).map(([name, content]) => {
    const path = name.startsWith('/') ? name : join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (typeof content === 'string') writeFileSync(path, content)
    else if ('folder' in content) mkdirSync(path)
    else writeFileSync(path, joined(content, fill))
    return path
  })

/** @param {Exclude<Form, { folder: true }>} form @param {Fill} fill */
const joined = ({ concat, lineEnd = '\n', before = '' }, fill) =>
  concat
    .map(
      (part) => before + (typeof part === 'string' ? readFileSync(fill(part), 'utf8') : exported(part, fill)),
    )
    .join('\n')
    .replace(/\r?\n/g, lineEnd)

/**
 * @param {{ key: string, type?: 'pkcs1' | 'pkcs8' | 'sec1', passphrase?: string }} form
 * @param {Fill} fill
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
