/**
 * Sentences that other software and the doctor's last line say, each with its cause and the next step: what is searched for.
 *
 * @type {[sentence: string, cause: string, toDo: string][]}
 */
// prettier-ignore
export const SENTENCES = [
  ['No token: no source is configured.', 'no credential of the chain is set up here, and nothing tells which host this is', 'on your machine run `az login`; on Azure turn on the identity ([deploy](deploy.md))'],
  ['No token: … is set up in part: … is not set', 'some variables of that credential are set, and one is missing', 'set the variable that the line names'],
  ['No token: … is set, and no credential reads it', 'the value is in a variable of another name, such as `ARM_CLIENT_ID` or `AZURE_CLIENT_SECRET_FILE`', 'run the `export` of the line, or rename the variable'],
  ['No token: … are set, but empty', 'the variables stand in the file or the workflow, and what they are set from has no value', 'look for a secret or a variable of another name; a pull request from a fork gets no secrets'],
  ['No token: EnvironmentCredential was asked and failed, and that ends the chain: …', '`AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and a secret or certificate are set, and Entra ID refuses them; no other credential is then asked', 'mend it as the line says, or unset `AZURE_CLIENT_SECRET` if another credential is meant'],
  ['… comes before it and failed: if that one was meant, mend it, and name it in AZURE_TOKEN_CREDENTIALS', 'a later credential gave the token, perhaps of another identity', 'mend the one that is meant, and set `AZURE_TOKEN_CREDENTIALS` to its name'],
  ["Please run 'az login' to setup account.", '`az` has no login for the user that runs the app', 'run `az login` as that user'],
  ["No subscription found. Run 'az account set' to select a subscription.", 'the login of `az` has no subscription, such as that of an account that is only a guest', 'run `az login --allow-no-subscriptions --tenant <tenant of the resource>`'],
  ["The subscription of '…' doesn't exist in cloud 'AzureUSGovernment'.", '`az` is set to another cloud than the subscription’s', 'run `az cloud set --name AzureCloud`, and `az login`'],
  ['Interactive authentication is needed. Please run: az login', '`az` says it behind every refusal; the cause is the `AADSTS` number before it', 'look the number up: [AADSTS](aadsts.md)'],
  ['CERTIFICATE_VERIFY_FAILED … unable to get local issuer certificate (_ssl.c)', '`az` does not trust the certificate of a proxy that inspects TLS', 'set `REQUESTS_CA_BUNDLE` to a PEM file with the CA of your organization'],
  ['self-signed certificate in certificate chain, self signed certificate in certificate chain (SELF_SIGNED_CERT_IN_CHAIN)', 'Node does not trust the certificate of a proxy that inspects TLS', 'set `NODE_EXTRA_CA_CERTS`, before Node starts, to a PEM file with the CA of your organization'],
  ['unable to get local issuer certificate (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)', 'as before, or the server does not send its intermediate certificate', 'set `NODE_EXTRA_CA_CERTS`, before Node starts, to a PEM file with the missing CA'],
  ['invalid peer certificate: UnknownIssuer', 'the same, as this package says it', 'set `NODE_EXTRA_CA_CERTS` to a PEM file with the missing CA'],
  ['getaddrinfo ENOTFOUND my-resource.openai.azure.com', 'the name is mistyped, or it is a private endpoint’s, which only its own network resolves', 'copy the endpoint from the portal, or run in the network of the private endpoint'],
  ['connect ECONNREFUSED 127.0.0.1:…', 'a proxy variable names a proxy that does not run, or the app’s base URL is a local one', 'unset `HTTPS_PROXY`, or start the proxy; correct the base URL'],
  ['this machine finds no address of …', 'the host behind `of` is mistyped, of another network, or DNS does not work here: behind a proxy it is the proxy’s host', 'correct the host in `HTTPS_PROXY`, or the endpoint'],
  ['proxy authorization required; 407 Proxy Authentication Required', 'the proxy wants a user name and a password', 'set `HTTPS_PROXY=http://<user>:<password>@<host>:<port>`, with percent codes for special characters'],
  ['The `apiKey` and `azureADTokenProvider` arguments are mutually exclusive; only one can be passed at a time.', 'the openai package read a key from `AZURE_OPENAI_API_KEY` beside the provider', 'pass `apiKey: \'\'`, or unset `AZURE_OPENAI_API_KEY`'],
  ['Missing credentials. Please pass one of `apiKey` and `azureADTokenProvider`, or set the `AZURE_OPENAI_API_KEY` environment variable.', '`AzureOpenAI` has neither', 'pass `azureADTokenProvider: getAzureOpenAIToken`'],
  ['The OPENAI_API_KEY environment variable is missing or empty; either provide it, or instantiate the OpenAI client with an apiKey option', '`OpenAI` has no key', 'pass `apiKey: getAzureOpenAIToken` with the resource’s `baseURL` ([getting started](getting-started.md#4-change-the-code))'],
  ['ChainedTokenCredential authentication failed; AggregateAuthenticationError', 'every credential of `@azure/identity`’s chain failed', 'run `npx azure-openai-entra doctor`, whose last line names the one that counts'],
  ['CredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used.', '`AZURE_TENANT_ID`, `AZURE_CLIENT_ID` or the secret is not set', 'set all three, or use another credential'],
  ['ManagedIdentityCredential: Authentication failed. … No Managed Identity found; Identity not found', 'the identity is off, or `AZURE_CLIENT_ID` is not the client id of an assigned one', 'turn on the identity; set `AZURE_CLIENT_ID` to the client id of a user-assigned one, or unset it'],
  ['Unable to load the proper Managed Identity.', 'App Service or Container Apps has only user-assigned identities, or another one than `AZURE_CLIENT_ID` names', 'set `AZURE_CLIENT_ID` to the client id of the assigned one'],
  ['Failed to connect to MSI. Please make sure MSI is configured correctly.', '`az login --identity` on a machine without an identity', 'turn on the machine’s identity, or run `az login`'],
  ['azure-openai-entra-… cannot be loaded: Cannot find module …', 'npm did not install the optional package of this platform, or the folder was copied from another one', 'install again on the platform that runs the app ([platforms](platforms.md))'],
]
