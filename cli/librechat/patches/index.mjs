import { assistants } from './assistants.mjs'
import { chat } from './chat.mjs'
import { images } from './images.mjs'
import { ocr } from './ocr.mjs'
import { shared } from './shared.mjs'
import { speech } from './speech.mjs'

/** Every place in LibreChat's source that uses a key of Azure OpenAI, and what they import. */
export const patches = [...chat, ...assistants, ...images, ...speech, ...ocr, ...shared]
