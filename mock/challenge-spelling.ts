// Spellings of a challenge: the ways in which registries write WWW-Authenticate, plain and strange.

export interface PlainChallenge {
  readonly scheme: 'Basic' | 'Bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

/** Several strings are several header lines. */
export type ChallengeSpelling = (challenge: PlainChallenge) => string | readonly string[];

/** `Bearer realm="…",service="…",scope="…"` */
export const plainSpelling: ChallengeSpelling = (challenge) => written(challenge);

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 */
export const strangeSpellings = {
  upperCase: ({ scheme, parameters }) =>
    `${scheme.toUpperCase()} ${list(parameters, (name) => name.toUpperCase())}`,
  lowerCase: ({ scheme, parameters }) => `${scheme.toLowerCase()} ${list(parameters)}`,
  blanksAroundCommas: ({ scheme, parameters }) =>
    `${scheme}   ${list(parameters).replaceAll('",', '" ,\t ')}`,
  escapedQuotes: (challenge) => `${written(challenge)},note="a \\"quoted, word\\""`,
  commaInQuotes: (challenge) => `${written(challenge)},note="a, b=c, Basic realm=x"`,
  /** a scheme that nobody knows comes first, in the same header */
  afterAnother: (challenge) => `Negotiate, Digest realm="other", nonce="a,b", ${written(challenge)}`,
  beforeAnother: (challenge) => `${written(challenge)}, Digest realm="other", nonce="x"`,
  severalHeaders: (challenge) => [
    'Negotiate YIIB6wYGKwYBBQUCoIIB3zCCAdug',
    'Digest realm="other"',
    written(challenge),
  ],
  withoutScope: ({ scheme, parameters }) => {
    const others = Object.entries(parameters).filter(([name]) => name !== 'scope');
    return written({ scheme, parameters: Object.fromEntries(others) });
  },
} as const satisfies Record<string, ChallengeSpelling>;

function written({ scheme, parameters }: PlainChallenge): string {
  return `${scheme} ${list(parameters)}`;
}

function list(parameters: Readonly<Record<string, string>>, spell = (name: string) => name): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${spell(name)}="${value}"`)
    .join(',');
}
