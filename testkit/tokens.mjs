import { secret } from './secrets.mjs'

/** The tokens that an identity stand-in gave out: each another one, and each a secret. */
export class Tokens {
  /** How long the next ones live. */
  lifetimeSeconds = 3600
  /** @type {string[]} */
  issued = []
  #expiries = new Map()

  /** @returns {{ token: string, expiresIn: number, expiresOn: number }} times in seconds */
  issue() {
    const token = secret('access-token')
    this.issued.push(token)
    this.#expiries.set(token, Date.now() + this.lifetimeSeconds * 1000)
    return {
      token,
      expiresIn: this.lifetimeSeconds,
      expiresOn: Math.floor(Date.now() / 1000) + this.lifetimeSeconds,
    }
  }

  /** Whether it was given out, and is still good. @param {string} token */
  knows = (token) => Date.now() < (this.#expiries.get(token) ?? 0)
}
