export const summary = 'tells what this package would serve in place of @azure/identity'

export const help = `Lists the packages of an app that use @azure/identity, which of its exports they use, and whether this package
serves them in its place.

Usage: npx azure-openai-entra swap [<folder>] [--json]

  <folder>  the app's folder, with its node_modules; default: the working directory
  --json    prints the report as JSON

It only reads files. The last lines say what to write into package.json.

Exit code: 0 everything is served; 1 something needs Microsoft's package as well, or is not served; 2 wrong usage;
4 everything is served, but the output could not be written.
`
