export const summary = 'says whether a token is available: for container health checks'

export const help = `Asks for a token, once, as the app would, and says how that went.

Usage: npx azure-openai-entra health [--json] [--timeout <ms>] [--dotenv <path>]

  --json             the report as JSON
  --timeout <ms>     the most to wait, in ms; 5000 unless given
  --dotenv <path>    reads variables from a file such as .env; what is set already stays

It is a process of its own, with a cache of its own: ask a running app through healthHandler().
No token is ever printed.

Exit code: 0 a token is available; 1 no token; 2 wrong usage.
`
