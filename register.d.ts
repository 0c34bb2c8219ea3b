/**
 * `node --require azure-openai-entra/register`, or `--import`: exchanges the secret placeholder of
 * `AZURE_OPENAI_ENTRA_PLACEHOLDER` for a token in every outgoing request to a host that `entraIdFetch` would send one
 * to, whichever client sends it: the global `fetch`, the undici package, or whatever is built on `node:https`.
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- it is a module, and exports nothing
export {}
