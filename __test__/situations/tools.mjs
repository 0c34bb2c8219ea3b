import { azDoes, azIs, azSays } from './stages.mjs'

/** How Python ends. @param {string} exception */
const crash = (exception) =>
  `Traceback (most recent call last):\n  File "/opt/az/core/__init__.py", line 97, in __init__\n    load()\n    ^^^^^^\n${exception}\n`

/** What `az` gives instead of a token. @type {{ area: string, rows: import('./index.mjs').Row[] }[]} */
// prettier-ignore
export const tools = [
  {
    area: 'The Azure CLI gives no token',
    rows: [
      ['no user is logged in', azSays("ERROR: Please run 'az login' to setup account."), 'az is not logged in', "run 'az login'"],
      ['Cloud Shell has no tokens for the resource', azSays('ERROR: Audience https://x is not a supported MSI token audience.\nInteractive authentication is needed. Please run:\naz login --scope https://x/.default'), 'not a supported MSI token audience', 'with an account of your own'],
      ['the token endpoint is out of reach', azSays("ERROR: HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded"), 'Max retries exceeded', "check this machine's network and proxy settings"],
      ["a proxy's certificate is not trusted", azSays('ERROR: Max retries exceeded: SSLError(CERTIFICATE_VERIFY_FAILED)'), 'CERTIFICATE_VERIFY_FAILED', 'REQUESTS_CA_BUNDLE'],
      ['the subscription is not there', azSays("ERROR: Subscription 'x' not found. Check the spelling and casing and try again."), "Subscription 'x' not found", 'az account list --output table'],
      ['its login has no subscription', azSays("ERROR: No subscription found. Run 'az account set' to select a subscription."), 'No subscription found', "run 'az login --allow-no-subscriptions'"],
      ['it is set to another cloud', azSays("ERROR: The subscription of 'x' doesn't exist in cloud 'AzureUSGovernment'."), "doesn't exist in cloud", "'az cloud set --name AzureCloud'"],
      ['its answer is no JSON', azDoes({ stdout: 'not json' }), 'it is not JSON', "run 'az account get-access-token' and check its output"],
      ['its answer has no token', azDoes({ stdout: '{}' }), 'accessToken is missing', "run 'az account get-access-token' and check its output"],
      ['its token has expired', azDoes({ stdout: { accessToken: 't', expires_on: 1 } }), 'the token has expired', "check this machine's clock"],
      ['its Python is gone', azIs('#!/nowhere/python3\n'), 'az is installed, but lacks what it runs on', 'install az again'],
      ['the script that starts it finds no Python', azIs('#!/bin/sh\nexec /nowhere/python3 -m azure.cli\n'), 'az is installed, but lacks what it runs on', 'install az again'],
      ['its Python lacks its modules', azSays("ModuleNotFoundError: No module named 'azure'"), 'az is installed, but lacks what it runs on', 'install az again'],
      ['its file may not be run', azIs('#!/bin/sh\n', 0o644), 'this user may not run it', 'chmod +x'],
      ['its folder cannot be written', azSays(crash("PermissionError: [Errno 13] Permission denied: '/.azure'")), 'az gave no token: PermissionError: [Errno 13]', 'set AZURE_CONFIG_DIR to a folder that it can write to'],
      ['its home does not exist', azSays(crash("FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent'")), 'az gave no token: FileNotFoundError: [Errno 2]', 'set AZURE_CONFIG_DIR to a folder that it can write to'],
      ['the file system is read-only', azSays(crash("OSError: [Errno 30] Read-only file system: '/root/.azure'")), 'az gave no token: OSError: [Errno 30]', 'set AZURE_CONFIG_DIR to a folder that it can write to'],
      ['its settings are damaged', azSays(crash("configparser.MissingSectionHeaderError: File contains no section headers.\nfile: '/root/.azure/config', line: 1")), 'az gave no token: configparser.MissingSectionHeaderError', "run 'az login', or install az again"],
      ['its login is damaged', azSays(`ERROR: The command failed with an unexpected error. Here is the traceback:\n${crash('json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)')}To check existing issues, please visit: https://x.example`), 'az gave no token: json.decoder.JSONDecodeError', "run 'az login', or install az again"],
      ['it crashes because the network is out of reach', azSays(crash('requests.exceptions.ConnectionError: Max retries exceeded')), 'az gave no token: requests.exceptions.ConnectionError', "check this machine's network and proxy settings"],
      ['it says nothing', azDoes({ code: 1 }), 'az ended with exit code 1 without output', "run 'az account get-access-token' to see why"],
    ],
  },
]
