/** What an endpoint repeats of a request, in whatever encoding. */

/** Shorter texts are parts of other words: only the usual encodings of them are looked for. */
const LEAST = 6
/** An answer can cut off what it repeats. */
const STRETCH = 12
/** Of a longer text only the beginning is compared. */
const MOST = 1024

/**
 * Takes texts out of an answer's sentence; a sentence that still has one, in an unusual encoding or in part, is hidden whole.
 *
 * @param {string[]} texts
 * @returns {(sentence: string) => string}
 */
export function hiding(texts) {
  const usual = texts.flatMap(encodings).filter(Boolean)
  const stretches = texts.flatMap((text) => stretchesOf(letters(text.slice(0, MOST))))
  return (sentence) => {
    const clean = usual.reduce((rest, each) => rest.replaceAll(each, '[redacted]'), sentence)
    const left = letters(clean)
    return stretches.some((each) => left.includes(each)) ? '[redacted]' : clean
  }
}

/** @param {string} text */
function encodings(text) {
  // Without halves of surrogate pairs.
  const bare = Buffer.from(decoded(text)).toString()
  const quote = (/** @type {string} */ each) => JSON.stringify(each).slice(1, -1)
  return [text, bare].flatMap((each) => [
    each,
    encodeURIComponent(each),
    new URLSearchParams([['', each]]).toString().slice(1),
    // A message can quote the JSON that was sent.
    quote(each),
    quote(quote(each)),
  ])
}

/** @param {string} text */
function stretchesOf(text) {
  if (text.length < LEAST) return []
  const count = Math.max(text.length - STRETCH, 0) + 1
  return Array.from({ length: count }, (_, at) => text.slice(at, at + STRETCH))
}

/** The letters and digits that a text stands for, whatever was encoded twice. @param {string} text */
function letters(text) {
  let [before, now] = ['', text]
  for (let round = 0; round < 4 && now !== before; round++) [before, now] = [now, decoded(now)]
  return now.replaceAll(/[^\p{L}\p{N}]+/gu, '').toLowerCase()
}

/** Without the encodings of addresses, of JSON and of HTML. @param {string} text */
function decoded(text) {
  const sign = (/** @type {number} */ code) => (code <= 0x10_ff_ff ? String.fromCodePoint(code) : '')
  return text
    .replaceAll(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
    .replaceAll(/(?:\\|%)u([\da-f]{4})|&#x([\da-f]{1,6});/gi, (_, unit, code) =>
      sign(Number.parseInt(unit ?? code, 16)),
    )
    .replaceAll(/&#(\d{1,7});/g, (_, code) => sign(Number(code)))
    .replaceAll('&amp;', '&')
    .replaceAll(/&(?:lt|gt|quot|apos|nbsp);|\\[nrtbf]/g, ' ')
}
