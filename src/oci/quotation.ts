// A quotation: somebody else's text as it may stand in a message, a log line or a header.

/**
 * Quotes `text` in printable ASCII, cut to `limit` characters.
 * Control, bidirectional and look-alike characters come out as escapes, so that nobody forges a log line.
 */
export function quoted(text: string, limit = 100): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
