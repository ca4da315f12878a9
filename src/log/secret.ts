// What must never be written down, and how it is blotted out: by the name of its key, and by its shape inside any text.

const masked = '[***]';

/** The endings of key names that hold secrets, as they read without case, `_` and `-`. */
const secretKey =
  /(?:password|passwd|passphrase|secret|token|authorization|cookie|credentials?|privatekey|apikey)$/;

/**
 * Secrets that travel inside other text: credentials of a header, of a URL, and what signs a signed URL.
 * Every repetition before them is bounded, because clients choose some of the text.
 */
const secretText: readonly RegExp[] = [
  /(?<=\b(?:[Bb]earer|[Bb]asic|BEARER|BASIC)\s{1,4})(?![a-z]{1,14}(?:[\s,;:.]|$))[\w.~+/=-]{6,}/g,
  /(?<=:\/\/)[^\s/?#@]{1,4096}(?=@)/g,
  /(?<=[?&](?:[\w-]{0,64}(?:signature|token|credential|password|secret|policy)|sig)=)[^\s&#"']+/gi,
];

/** The value as it may be written under this key; true and false are never secrets. */
export function maskValue(key: string, value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (secretKey.test(key.replace(/[_-]/g, '').toLowerCase())) return masked;
  return typeof value === 'string' ? maskText(value) : value;
}

/** The text without the secrets that show by their shape. */
export function maskText(text: string): string {
  return secretText.reduce((kept, secret) => kept.replace(secret, masked), text);
}
