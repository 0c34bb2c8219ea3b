const MARK = '\n→ '

/**
 * A sentence, and below it what to do about it.
 *
 * @template {string | undefined} S
 * @param {S} sentence
 * @param {string | undefined} nextStep
 */
export const withStep = (sentence, nextStep) =>
  nextStep === undefined ? sentence : `${sentence}${MARK}${nextStep}`

/**
 * The two again: the second is undefined if there is nothing to do.
 *
 * @param {string} text
 * @returns {[string, string | undefined]}
 */
export const partsOf = (text) => {
  const [sentence, nextStep] = text.split(MARK)
  return [sentence, nextStep]
}
