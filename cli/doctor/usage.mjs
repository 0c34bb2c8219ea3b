export const summary = 'explains why there is no token, or which identity it is for'

export const help = `Asks every credential of the default chain for a token, and checks the network between this process and Entra ID.

Usage: npx azure-openai-entra doctor [options]

  --endpoint <url>       also sends one request to this endpoint, such as https://my-resource.openai.azure.com
                         or https://my-resource.openai.azure.com/openai/v1/
  --deployment <name>    with --endpoint: sends a chat of a few tokens to this deployment; default: lists the models
  --api-version <date>   with --endpoint: the version of its API; default: 2024-10-21, and none for /openai/v1/
  --scope <scope>        the scope of the token; default: Azure OpenAI's
  --app <folder>         the app's folder: its package.json and .env are read, and its own @azure/identity is asked for
                         Visual Studio Code and the broker
  --dotenv <path>        reads variables from a file such as .env; variables that are set keep their values
  --fix-plan             prints only the commands that mend what is wrong, in order
  --json                 prints the report as JSON
  --no-color             prints no colours; the default without a terminal or with NO_COLOR

Examples:

  npx azure-openai-entra doctor
  npx azure-openai-entra doctor --dotenv .env --endpoint https://my-resource.openai.azure.com --deployment gpt-4o

The last line says what is wrong and what to do next. The report holds no token and no secret, but it names
tenants, identities and hosts.

Exit code: 0 a credential gave a token, and the endpoint, if given, accepted it; 1 no credential gave a token;
2 wrong usage; 3 the endpoint refused the token or could not be reached; 4 as 0, but the output could not be written.
`
