import { chatSpec } from '../specs/chat.mjs'
import { imageSpec } from '../specs/image.mjs'
import { speechSpec } from '../specs/speech.mjs'

/** @param {string} text */
const linesOf = (text) => text.slice(1).split('\n')

/**
 * What `--with-tests` adds for a pull request to LibreChat: specs in its style, and lines in its list of variables.
 *
 * @type {import('../plan.mjs').Patch[]}
 */
export const tests = [
  {
    path: 'packages/api/src/endpoints/openai/entraId.spec.ts',
    purpose: 'tests of chats',
    beside: 'packages/api/src/endpoints/openai/initialize.ts',
    content: linesOf(chatSpec),
  },
  {
    path: 'api/app/clients/tools/structured/specs/DALLE3-entraId.spec.js',
    purpose: 'tests of images',
    beside: 'api/app/clients/tools/structured/DALLE3.js',
    content: linesOf(imageSpec),
  },
  {
    path: 'api/server/services/Files/Audio/STTService-entraId.spec.js',
    purpose: 'tests of speech',
    beside: 'api/server/services/Files/Audio/STTService.js',
    content: linesOf(speechSpec),
  },
  {
    path: '.env.example',
    purpose: 'the variables',
    line: '# AZURE_OPENAI_API_EMBEDDINGS_DEPLOYMENT_NAME= # Deprecated',
    insert: [
      '',
      '# Microsoft Entra ID instead of API keys: a managed identity, a workload identity, or a developer who is signed in',
      '# AZURE_OPENAI_USE_ENTRA_ID=true',
      "# Other hosts that get a token, such as API Management's, separated by commas",
      '# AZURE_OPENAI_ENTRA_ALLOWED_HOSTS=',
    ],
  },
]
