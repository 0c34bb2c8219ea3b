import { secret } from './secrets.mjs'

/** The tokens that an identity stand-in gave out: each another one, and each a secret. */
export class Tokens {
  /** How long the next ones live. */
  lifetimeSeconds = 3600
  /** @type {string[]} */
  issued = []

  /** @returns {{ token: string, expiresIn: number, expiresOn: number }} times in seconds */
  issue() {
    const token = secret('access-token')
    this.issued.push(token)
    return {
      token,
      expiresIn: this.lifetimeSeconds,
      expiresOn: Math.floor(Date.now() / 1000) + this.lifetimeSeconds,
    }
  }

  knows = (token) => this.issued.includes(token)
}
