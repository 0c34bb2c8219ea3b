/**
 * What a stand-in can be told to answer. An answer is
 * `{ status, headers, body, chunks, delayMs, pauseMs, silent, reset, cut }`, all optional; a `body` that is neither text
 * nor bytes goes out as JSON.
 */

/**
 * The discovery document of an authority, which clients request first.
 *
 * @param {string} origin
 * @param {string} tenant
 */
export const openIdConfiguration = (origin, tenant) => ({
  body: {
    token_endpoint: `${origin}/${tenant}/oauth2/${tenant === 'adfs' ? '' : 'v2.0/'}token`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    issuer: `${origin}/${tenant}/v2.0`,
  },
})

/** Takes the request and never answers. */
export const silence = { silent: true }

/** Closes the connection without an answer. */
export const reset = { reset: true }

/** Announces more than it sends, and closes the connection in the middle. */
export const truncated = { cut: true, body: '{"access_token":"cut of' }

export const html = {
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Sign in</title><p>A captive portal says hello.</p>',
}

export const empty = { headers: { 'content-type': 'application/json' }, body: '' }

export const garbage = {
  headers: { 'content-type': 'application/json' },
  body: Buffer.from([0x00, 0xff, 0xfe, 0x7b, 0x22, 0x80]),
}

/** A JSON document that never gets to its token. */
export const huge = (bytes = 10 * 1024 * 1024) => ({
  headers: { 'content-type': 'application/json' },
  body: `{"padding":"${'x'.repeat(bytes)}"}`,
})

/** @param {string} location */
export const redirect = (location, status = 302) => ({ status, headers: { location }, body: '' })

/** @param {string | number} [retryAfter] */
export const throttled = (retryAfter) => ({
  status: 429,
  headers: /** @type {Record<string, string>} */ (
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  ),
  body: { error: { code: 'TooManyRequests', message: 'Too many requests' } },
})

export const failing = (status = 500) => ({
  status,
  body: { error: { code: 'InternalServerError', message: 'The stand-in was told to fail' } },
})
