export const summary = 'checks whether a token is available: for the health check of a container'

export const help = `Asks for a token once, as the app does, and prints the result.

Usage: npx azure-openai-entra health [--json] [--timeout <ms>] [--dotenv <path>]

  --json             prints the report as JSON
  --timeout <ms>     the longest wait, in ms; default: 5000
  --dotenv <path>    reads variables from a file such as .env; variables that are set keep their values

The command has a cache of its own. For the cache of a running app, serve healthHandler() in the app.
The command never prints a token.

Exit code: 0 a token is available; 1 no token; 2 wrong usage; 4 a token is available, but the output
could not be written.
`
