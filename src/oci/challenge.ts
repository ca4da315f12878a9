// An authentication challenge: what a WWW-Authenticate header asks for.
import { HeaderScanner } from './header-scanner.ts';

export interface Challenge {
  /** lower case */
  readonly scheme: string;
  /** by lower-case name; without a prototype, since a stranger chooses the names */
  readonly params: Readonly<Record<string, string>>;
}

// A lone word after the scheme, as Negotiate sends it: no pair follows it, so it ends here or at a comma.
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;

/**
 * Reads every challenge of one header or of several, in order.
 * What is malformed is passed over up to the next comma; a `token68` is ignored; a parameter given twice counts
 * the first time.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string | readonly string[]): readonly Challenge[] {
  return (typeof header === 'string' ? [header] : header).flatMap(parseOne);
}

function parseOne(header: string): readonly Challenge[] {
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  const scanner = new HeaderScanner(header);
  scanner.skip(' \t,');
  while (!scanner.done) {
    const word = scanner.token()?.toLowerCase();
    const blank = scanner.skip(' \t');
    if (word === undefined) {
      scanner.until(',');
    } else if (scanner.take('=')) {
      scanner.skip(' \t');
      const value = scanner.value();
      const params = challenges.at(-1)?.params;
      if (value !== undefined && params !== undefined) params[word] ??= value;
    } else {
      challenges.push({ scheme: word, params: Object.create(null) as Record<string, string> });
      if (blank) scanner.match(token68);
    }
    scanner.skip(' \t,');
  }
  return challenges;
}
