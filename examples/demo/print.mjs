import { createHash } from 'node:crypto'

const colourful = process.stdout.isTTY && !process.env.NO_COLOR
/** @param {number} code @returns {(text: string) => string} */
const paint = (code) => (text) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = paint(1)
const dim = paint(2)
export const green = paint(32)
export const red = paint(31)

/** @param {string} text */
export const write = (text) => process.stdout.write(text)

/**
 * Rows of a name and a value, aligned under a heading.
 *
 * @param {string} heading
 * @param {[name: string, value: string][]} rows
 */
export const printTable = (heading, rows) => {
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}\n`)
  write(`\n${bold(heading)}\n${lines.join('')}`)
}

/** `14:05:09, in 60 min` @param {number} timestamp */
export const moment = (timestamp) => {
  const minutes = Math.round((timestamp - Date.now()) / 60_000)
  return `${new Date(timestamp).toTimeString().slice(0, 8)}, in ${minutes} min`
}

/**
 * A header's value to show: of a token, enough to tell two of them apart and no more.
 *
 * @param {string} value
 */
export const masked = (value) =>
  value.replace(/^Bearer (\S+)$/, (_, token) => {
    const mark = createHash('sha256').update(token).digest('hex').slice(0, 4)
    return `Bearer ******** (${token.length} characters, hash ${mark})`
  })

const MARGIN = 9

/** Shows the pieces of an answer as they come, broken between words, beside the speaker's name. */
export class Speech {
  #column = MARGIN
  #blank = ''
  // No columns are known of a file or a pipe, and some terminals say 0.
  #width = Math.min(process.stdout.columns || 80, 90)

  /** @param {string} speaker */
  constructor(speaker, paintSpeaker = dim) {
    write(`  ${paintSpeaker(speaker.padEnd(MARGIN - 2))}`)
  }

  /** @param {string} text */
  say(text) {
    for (const part of text.match(/\s+|\S+/g) ?? []) {
      if (part.trim() === '') this.#blank = ' '
      else this.#word(part)
    }
    return this
  }

  /** @param {string} word */
  #word(word) {
    if (this.#column + this.#blank.length + word.length > this.#width) {
      write(`\n${' '.repeat(MARGIN)}`)
      this.#column = MARGIN
    } else {
      write(this.#blank)
      this.#column += this.#blank.length
    }
    write(word)
    this.#column += word.length
    this.#blank = ''
  }

  end() {
    write('\n')
  }
}
