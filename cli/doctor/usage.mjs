export const summary = 'finds out why there is no token, or whose it is'

export const help = `Asks every source of the default credential chain, and looks at what stands between here and Entra ID.

Usage: npx azure-openai-entra doctor [options]

  --endpoint <url>       also sends one real request there, such as https://my-resource.openai.azure.com
  --deployment <name>    with --endpoint: a chat of a few tokens with that deployment; else its models are listed
  --api-version <date>   with --endpoint: 2024-10-21 unless given
  --scope <scope>        asks for a token for this; Azure OpenAI's scope unless given
  --app <folder>         the app's folder: its own @azure/identity is asked for Visual Studio Code and the broker
  --dotenv <path>        reads variables from a file such as .env; what is set already stays
  --json                 the report as JSON
  --no-color             no colours, which is the default without a terminal or with NO_COLOR

Examples:

  npx azure-openai-entra doctor
  npx azure-openai-entra doctor --dotenv .env --endpoint https://my-resource.openai.azure.com --deployment gpt-4o

Its last line says what is wrong and the next step. What it shows holds no token and no secret, but names of
tenants, identities and hosts.

Exit code: 0 a source gave a token, and the endpoint, if named, accepted it; 1 no source gave one;
2 wrong usage; 3 the endpoint did not take the token or could not be reached.
`
