/**
 * `node --require azure-openai-entra/register`, or `--import`: replaces the secret placeholder of
 * `AZURE_OPENAI_ENTRA_PLACEHOLDER` by a token in every outgoing request to a host that `entraIdFetch` sends tokens to.
 * That works for the global `fetch`, the undici package, and every client that uses `node:https`.
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- it is a module, and exports nothing
export {}
