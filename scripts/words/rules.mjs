/**
 * How this project writes, as far as a pattern can tell.
 *
 * @typedef {{ name: string, pattern: RegExp, advice: string }} Rule
 */

/** @param {string} source `~` stands for the white space between two words, which may be a line break */
const words = (source) => new RegExp(source.replaceAll('~', '\\s+'), 'gi')

/** @type {Rule[]} */
export const RULES = [
  {
    name: 'actor',
    pattern: words(
      String.raw`\b(?:who(?:m|ever|mever)?|nobody|somebody|someone|anybody|anyone|everybody)\b|(?<!\bthe~)\bone~that\b`,
    ),
    advice: 'Name the actor: the caller, the endpoint, the identity, this process.',
  },
  {
    name: 'condition',
    pattern: words(
      String.raw`\bwhere~(?:an?|the|its?|that|this|there|they|these|those|no|none|nothing|one|another|all|both|some|any|neither)\b`,
    ),
    advice: 'Write “if” or “when” for a condition. “Where” is for a place.',
  },
  {
    name: 'alone',
    pattern: words(String.raw`(?<!-)(?<!\b(?:leave|leaves|left|let|leaving)~(?:\S+~){0,4})\balone\b`),
    advice: 'Put “only” in front of the word that it limits.',
  },
  {
    name: 'because',
    pattern: words(
      String.raw`[,;:]~for~(?:it|they|there|(?:(?!that\b|which\b|when\b|example\b|instance\b)\w+~){1,3}(?:is|are|has|have|does|do|can|cannot|must|may|would|will|was|were|needs?|wants?|gives?|takes?|keeps?|goes|go))\b`,
    ),
    advice: 'Write “because”.',
  },
  {
    name: 'existence',
    pattern: words(
      String.raw`\b(?:for~want~of|(?:is|are|was|were|be)~none|(?:is|are|was|were|be|been|being)~had)\b`,
    ),
    advice: 'Say what is missing, or who has what: “without a token”, “no token is available”.',
  },
  {
    name: 'dated',
    pattern: words(
      String.raw`\b(?:anew|in~vain|whither|hither|thither|lest|upon|wherever|whatever~else|(?:else|other)~than~that|something~else~than|anything~else~than|nothing~else~than|in~the~place~of|as~(?:it|they)~stands?)\b`,
    ),
    advice: 'Use the plain word: again, useless, so that … not, on, instead of, other than.',
  },
  {
    name: 'permission',
    pattern: words(String.raw`\b(?:that|which)~(?:may|must|should)(?=\s*[.,;:)|]|\s*\n\s*\n)`),
    advice: 'Say what is allowed or required: “that has the role”.',
  },
]

/** Phrases that a rule matches and that are right: about a place, or about a person. */
export const ALLOWED = [
  // “An attacker who controls DNS.”
  words(
    String.raw`\b(?:user|attacker|person|people|reader|operator|contributor|developer|administrator)s?~who\b`,
  ),
  // “Run it where the app runs.”
  words(
    String.raw`\bwhere~(?:the|this|your|its?|that|they|these|those)~(?:\S+~){0,4}(?:is|are|was|were|runs?|goes|lives?|stands?|lies|comes?|came|go|points?|leads?|ends?|starts?|begins?)\b(?=\s*[.,;:)|?!]|\s+from|\s*\n\s*\n)`,
  ),
  // “It says where the file is kept.”
  words(String.raw`\b(?:says?|said|know|knows|shows?|tells?|finds?|sees?|from|decides?)~where\b`),
  // “Where a token can come from.” With a comma it would be a condition.
  /\bWhere\s[^.,;:\0]*(?=[.:])/g,
]
