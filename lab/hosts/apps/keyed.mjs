// An app that knows nothing of the package: the hook exchanges its placeholder.

const main = async () => {
  const response = await fetch(`${process.env.AZURE_OPENAI_ENDPOINT}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'api-key': String(process.env.AZURE_OPENAI_ENTRA_PLACEHOLDER),
    },
    body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'Is the token good?' }] }),
  })
  /** @type {any} the answer of a stand-in */
  const { choices } = await response.json()
  process.stdout.write(JSON.stringify({ answer: choices[0].message.content, tokens: 1 }))
}

void main()
