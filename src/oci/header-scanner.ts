// A scanner over one header field's value: tokens, quoted strings, and never a step back.

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
// More than a token: some servers leave the quotes off a URL, and half of it would be another URL.
const unquoted = /[^\s,;"]+/y;

/**
 * Reads a structured header from left to right in linear time, whatever its sender wrote.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6
 */
export class HeaderScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Passes over any of these characters; whether there was one. */
  skip(characters: string): boolean {
    const from = this.#at;
    while (!this.done && characters.includes(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#at > from;
  }

  /** Passes over this one character, if it is next. */
  take(character: string): boolean {
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  /** What a sticky expression matches here, or undefined. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  token(): string | undefined {
    return this.match(token);
  }

  /** A parameter's value, quoted (then unescaped) or not; undefined when there is none. */
  value(): string | undefined {
    return this.#text.charAt(this.#at) === '"' ? this.#quotedString() : this.match(unquoted);
  }

  /** What stands before `character`, passing over it too; all the rest when it does not come. */
  until(character: string): string {
    const end = this.#text.indexOf(character, this.#at);
    const found = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 1;
    return found;
  }

  #quotedString(): string | undefined {
    let value = '';
    for (let i = this.#at + 1; i < this.#text.length; i += 1) {
      const character = this.#text.charAt(i);
      if (character === '"') {
        this.#at = i + 1;
        return value;
      }
      if (character === '\\') i += 1;
      value += this.#text.charAt(i);
    }
    // The quote never ends: nothing behind it can be trusted to mean what it seems to.
    this.#at = this.#text.length;
    return undefined;
  }
}
