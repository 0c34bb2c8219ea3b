import { REFUSALS } from '../../cli/doctor/answers.mjs'
import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { SENTENCES } from './sentences.mjs'
import { aadsts, APP_SERVICE, only, SERVICE_PRINCIPAL, WORKLOAD } from './cases/common.mjs'

/**
 * @typedef {import('./cases/common.mjs').Fixture} Fixture
 * @typedef {import('./cases/common.mjs').SeenError} SeenError
 */

/** @param {number} code @param {string} text @param {string} [error] */
const refused = (code, text, error = 'invalid_client') => aadsts(code, text, { status: 401, error })
const ENVIRONMENT = { ...SERVICE_PRINCIPAL, ...only('EnvironmentCredential') }

/**
 * Misconfigurations that people meet, as cases without expectations: their messages become docs/troubleshooting.md.
 *
 * @type {Omit<Fixture, 'id'>[]}
 */
const MISCONFIGURATIONS = [
  {
    title: 'Nothing is set up',
    toDo: 'Pick one way in: a managed identity on Azure, `az login` on your own machine, `AZURE_*` variables elsewhere.',
    imds: 'absent',
  },
  {
    title: 'The client secret is wrong',
    toDo: "Copy the secret's *value* into `AZURE_CLIENT_SECRET`; the portal shows its *id* beside it, which does not work.",
    // As long as one of Entra ID: a shorter one is told as cut off.
    env: { ...ENVIRONMENT, AZURE_CLIENT_SECRET: 'made up '.repeat(5).replaceAll(' ', '~') },
    authority: refused(
      7000215,
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
    ),
  },
  {
    title: 'The client secret has expired',
    toDo: 'Make a new one under *Certificates & secrets* of the app registration, or go over to a managed identity, which has none.',
    env: ENVIRONMENT,
    authority: refused(7000222, 'The provided client secret keys for app are expired.'),
  },
  {
    title: 'The tenant does not exist in this cloud',
    toDo: 'Compare `AZURE_TENANT_ID` with *Overview* of Microsoft Entra ID, and `AZURE_AUTHORITY_HOST` with your cloud.',
    env: ENVIRONMENT,
    authority: aadsts(
      90002,
      'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
    ),
  },
  {
    title: 'The app registration is not in this tenant',
    toDo: 'Compare `AZURE_CLIENT_ID` with the *Application (client) ID*, and see that the app is in the tenant of `AZURE_TENANT_ID`.',
    env: ENVIRONMENT,
    authority: aadsts(700016, 'Application was not found in the directory.', {
      error: 'unauthorized_client',
    }),
  },
  {
    title: 'Workload identity: no federated credential matches the service account',
    toDo: "Give the federated credential the subject `system:serviceaccount:<namespace>:<service account>` and the cluster's issuer.",
    env: { ...WORKLOAD, ...only('WorkloadIdentityCredential') },
    files: { token: 'projected-token' },
    authority: refused(
      700213,
      "No matching federated identity record found for presented assertion subject 'system:serviceaccount:default:chat'.",
    ),
  },
  {
    title: 'App Service: the identity is not there',
    toDo: 'Turn the system-assigned identity on, or assign the user-assigned one whose client id stands in `AZURE_CLIENT_ID`.',
    env: { ...APP_SERVICE, ...only('ManagedIdentityCredential') },
    host: {
      status: 400,
      body: {
        statusCode: 400,
        message:
          'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
      },
    },
  },
  {
    title: 'A virtual machine without an answer from IMDS',
    toDo: 'Let 169.254.169.254 through: containers need host networking or a route, and a firewall must not drop it. Off Azure, choose another credential.',
    env: only('prod'),
    imds: { silent: true },
  },
  {
    title: 'The Azure CLI has no login',
    toDo: 'Run `az login`, as the user that runs the app.',
    env: only('AzureCliCredential'),
    tools: { az: { stderr: "ERROR: Please run 'az login' to setup account.", exit: 1 } },
  },
  {
    title: 'The Azure CLI is not installed',
    toDo: 'Install it, or see that it is on the `PATH` of the app; in a container use one of the other credentials.',
    env: only('AzureCliCredential'),
  },
  {
    title: 'Entra ID throttles',
    toDo: 'Nothing: it is tried again when the time is up. If it happens often, look for processes that start in great numbers.',
    env: ENVIRONMENT,
    authority: {
      status: 429,
      headers: { 'retry-after': '30' },
      body: {
        error: 'temporarily_unavailable',
        error_description: 'AADSTS90055: Tenant request processing has been throttled.',
      },
    },
  },
  {
    title: 'A proxy or sign-in page answers in place of Entra ID',
    toDo: 'Set `HTTPS_PROXY` and `NODE_EXTRA_CA_CERTS` as your network asks, or have login.microsoftonline.com let through.',
    env: ENVIRONMENT,
    authority: {
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><title>Sign in to the network</title>',
    },
  },
]

export const FIXTURES = MISCONFIGURATIONS.map((fixture, nth) => ({ id: `fixture-${nth + 1}`, ...fixture }))

const byId = new Map(FIXTURES.map((fixture) => [fixture.id, fixture]))
/** @param {string} id */
export const fixtureById = (id) => byId.get(id)

/** Addresses of stand-ins, as they might be: they differ from run to run. */
const ADDRESSES = [
  ['{host}', '127.0.0.1:41741'],
  ['{files}', '/var/run/secrets/azure/tokens'],
]

/** @param {string} text */
const readable = (text) => ADDRESSES.reduce((said, [from, to]) => said.replaceAll(from, to), text)

/** Beyond an error's message: what people see, what it is, and what to do. */
const SYMPTOMS = [
  [
    '401 `PermissionDenied` from Azure OpenAI',
    'a good token of an identity without the role',
    'assign “Cognitive Services OpenAI User” to the `oid` that the doctor shows, on the resource; it takes up to 5 min',
  ],
  [
    '401 right after the start, and never again',
    'undici does not wait for the first token ([register](librechat.md#with-the-official-image))',
    'nothing, or have the app use `fetch`',
  ],
  [
    '401 with the header `x-entra-id-error`',
    'no token was available; Azure OpenAI was not asked',
    'read the message in the body, and look its code up below',
  ],
  [
    '401 about an hour after the start',
    'a token that was fetched once and kept by the app',
    'hand the provider over, not its token: `azureADTokenProvider: getAzureOpenAIToken`, or `entraIdFetch()`',
  ],
  [
    '“mutually exclusive”, from openai or LangChain.js',
    'a key in the environment beside the provider',
    'see [Use it with](../README.md#use-it-with)',
  ],
  [
    'a bundle has no addon: “it is bundled in …, and neither …”',
    'the bundler leaves out what it cannot read, and `node_modules` is not beside the bundle',
    'copy the file that the error names beside the bundle: [Bundlers](bundlers.md)',
  ],
  [
    'LibreChat: “API Key not provided”, or Azure OpenAI is not in the menu',
    'LibreChat wants a key before it comes to the one that counts',
    'put the placeholder in `AZURE_API_KEY` and in the groups’ `apiKey` ([LibreChat](librechat.md))',
  ],
  [
    'LibreChat continues with keys',
    'the switch is off where it runs, or the user brought the key',
    'set `AZURE_OPENAI_USE_ENTRA_ID=true` in the container itself; the doctor’s row “switch” shows it',
  ],
  [
    'the placeholder arrives at Azure OpenAI',
    'the hook is not loaded, or the placeholder is too short or repeats few characters',
    'look at `NODE_OPTIONS` and at the warning in the log',
  ],
  [
    'on a laptop the first call takes seconds',
    'the sources of servers are asked first, then `az` starts',
    'set `AZURE_TOKEN_CREDENTIALS=dev`, or `AzureCliCredential`',
  ],
  [
    'it works for you and not in the container',
    'on your machine it was your `az login`',
    'run the doctor in the container, and name the source that is meant in `AZURE_TOKEN_CREDENTIALS`',
  ],
  [
    'health is `degraded`',
    'tokens serve, and their refresh fails',
    'look at `code` and run the doctor before `exp` is over: the token serves until then',
  ],
]

const CODES = [
  ['ENTRA_ID_UNAVAILABLE', '401', 'set one source up; the message has a line for each'],
  ['ENTRA_ID_REJECTED', '401', 'look up the `AADSTS` number in the message; a retry does not help'],
  ['ENTRA_ID_CONFIGURATION', '401', 'correct the variable or option that the message names'],
  ['ENTRA_ID_THROTTLED', '503', 'nothing: it is tried again after `retry-after`'],
  [
    'ENTRA_ID_NETWORK',
    '503',
    'look at proxy, firewall, CA and DNS between this machine and the host in the message',
  ],
  ['ENTRA_ID_TIMEOUT', '503', 'the same; or your own `timeoutMs` is short'],
  ['ENTRA_ID_ABORTED', 'the request rejects', 'nothing: your `AbortSignal` fired'],
]

/**
 * @param {Map<string, SeenError | undefined>} told
 * @param {string} before the page as it is: a fixture that cannot be run here keeps its message
 */
export const troubleshooting = (told, before) =>
  [
    '# Troubleshooting',
    '',
    '<!-- Written by npm run lab -- conformance --troubleshooting: the messages are what the code says today. -->',
    '',
    'Begin with `npx azure-openai-entra doctor`: its last line says what is wrong and the next step ([the doctor](doctor.md)). Here is the same',
    'to look up: by [AADSTS number](aadsts.md), [by the sentence that you see](#by-sentence), of this package also with [each situation](messages.md),',
    '[by Azure OpenAI’s answer](#by-azure-openais-answer), [by symptom](#by-symptom), [by code](#by-code), and [by message](#by-message).',
    '',
    '## By sentence',
    '',
    markdownTable(
      ['sentence', 'cause', 'what to do'],
      SENTENCES.map((cells) => cells.map((cell) => cell.replaceAll(/<(?=[a-z])/g, '\\<'))),
    ),
    '',
    '## By symptom',
    '',
    markdownTable(['what is seen', 'what it is', 'what to do'], SYMPTOMS),
    '',
    '## By code',
    '',
    'The `code` of an `EntraIdError`, and what clients of `entraIdFetch` get in its place: an answer of that status in the shape of OpenAI’s,',
    'with the code in `x-entra-id-error`.',
    '',
    markdownTable(
      ['code', 'status', 'what to do'],
      CODES.map(([code, status, toDo]) => [
        `[\`${code}\`](../README.md#${code.toLowerCase()})`,
        status,
        toDo,
      ]),
    ),
    '',
    'After 8 s of failures without a `Retry-After` of the endpoint, `ENTRA_ID_THROTTLED`, `_NETWORK` and `_TIMEOUT` are 401 as well, so that a client that',
    'retries for minutes shows the message.',
    '',
    "## By Azure OpenAI's answer",
    '',
    'With a token that it got, as `npx azure-openai-entra doctor --endpoint … --deployment …` explains it:',
    '',
    markdownTable(
      ['status', 'it means', 'what to do', 'its body says'],
      REFUSALS.map(({ status, sentences, meaning, nextStep }) => [
        String(status),
        meaning,
        nextStep.replaceAll(/<(\w+)>/g, '\\<$1>'),
        sentences?.map((each) => `“${each}”`).join(', ') ?? 'anything else',
      ]),
    ),
    '',
    '## By message',
    '',
    "What the message of a credential's error looks like if something is not set up, and what to do about it. Outside of credentials, its last line is the",
    'address of the explanation.',
    ...FIXTURES.flatMap(({ id, title, toDo }) => [
      '',
      `### ${title}`,
      '',
      toDo,
      '',
      block(told.get(id)) ?? kept(before, title),
    ]),
    '',
  ].join('\n')

/** @param {SeenError | undefined} error */
const block = (error) => error && ['```text', error.code, readable(error.message), '```'].join('\n')

/** @param {string} page @param {string} title */
const kept = (page, title) => {
  const [, section] = page.split(`# ${title}\n`)
  const [found] = /```text\n[^]*?\n```/.exec(section ?? '') ?? []
  if (found) return found
  throw new Error(`there is no message for '${title}'`)
}
