export const FIRST_QUESTION = 'What does keyless mean?'

export const MORE_QUESTIONS = [
  'How many requests fetched a token just now?',
  'And if a thousand chats begin at once?',
  'What happens before the token expires?',
]

/** What the stand-in answers; a real model says it in its own words. @type {Record<string, string>} */
export const ANSWERS = {
  [FIRST_QUESTION]:
    'No API key is stored anywhere. The app proves its identity to Microsoft Entra ID, gets a token that lives for an ' +
    'hour or a day, and shows that token to Azure OpenAI. There is no key to leak, to share or to rotate.',
  [MORE_QUESTIONS[0]]: 'None: the first chat fetched it, and all others share it.',
  [MORE_QUESTIONS[1]]: 'They all wait for one request to the identity endpoint.',
  [MORE_QUESTIONS[2]]: 'A new one is fetched, and no chat waits for it.',
}
