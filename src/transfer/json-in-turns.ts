// Large JSON documents, written and read entry by entry, so that a server goes on serving.
import { isRecord } from '../oci/descriptor.ts';
import { unhurried } from '../thread/turns.ts';
import type { Turns } from '../thread/turns.ts';

/** No entry may be larger, in bytes: it is read in one piece. */
export const MAX_ENTRY_BYTES = 256 * 1024;
/** Of entries that have a digest, more do not fit into the largest document that is read. */
export const MAX_ENTRIES = 700_000;
/** What stands around the entries, besides their commas. */
const MAX_FRAME_BYTES = 64 * 1024;
const PIECE = 64 * 1024;

/** Any object; its lists are written entry by entry, all else at once. No value of it is undefined. */
type Document = Readonly<Record<string, unknown>>;

/** What JSON.stringify writes, in UTF-8. */
export async function jsonBytes(document: Document, turns: Turns): Promise<Buffer> {
  const written: Buffer[] = [];
  let text = '';
  const write = (more: string): void => {
    text += more;
    if (text.length < PIECE) return;
    written.push(Buffer.from(text));
    text = '';
  };
  let separator = '{';
  for (const [key, value] of Object.entries(document)) {
    write(`${separator}${JSON.stringify(key)}:`);
    separator = ',';
    if (!Array.isArray(value)) {
      write(JSON.stringify(value));
      continue;
    }
    let bracket = '[';
    for await (const entry of unhurried<unknown>(value, turns)) {
      write(`${bracket}${JSON.stringify(entry)}`);
      bracket = ',';
    }
    write(value.length === 0 ? '[]' : ']');
  }
  return Buffer.concat([...written, Buffer.from(`${text}${separator === '{' ? '{}' : '}'}`)]);
}

/**
 * What JSON.parse reads, of a document whose lists hold objects and nothing else.
 * @throws {Error} when it is another, or an entry is too large
 */
export async function parseJson(bytes: Uint8Array, turns: Turns): Promise<Document> {
  const { frame, entries } = await takenApart(bytes, turns);
  const document: unknown = JSON.parse(frame);
  if (!isRecord(document)) throw malformed();
  const lists: [string, unknown[]][] = [];
  let taken = 0;
  for (const [key, value] of Object.entries(document)) {
    if (!Array.isArray(value)) continue;
    const list: unknown[] = [];
    for await (const place of unhurried<unknown>(value, turns)) {
      // A number that stands in the document itself is no place, or that of another.
      if (typeof place !== 'number' || entries[place] === undefined) throw malformed();
      list.push(entries[place]);
      entries[place] = undefined;
    }
    lists.push([key, list]);
    taken += list.length;
  }
  if (taken !== entries.length) throw malformed();
  return { ...document, ...Object.fromEntries(lists) };
}

interface Apart {
  /** The document, with a number for each entry. */
  readonly frame: string;
  readonly entries: unknown[];
}

const [quote, backslash, brace, closingBrace, bracket, closingBracket] = Buffer.from('"\\{}[]');

/** Takes out every object that is an entry of a list of the document. */
async function takenApart(bytes: Uint8Array, turns: Turns): Promise<Apart> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const frame: string[] = [];
  const entries: unknown[] = [];
  let framed = 0;
  /** Where what is being read begins: an entry, or a piece of the frame. */
  let start = 0;
  const piece = (end: number): string => {
    const text = decoder.decode(bytes.subarray(start, end));
    start = end;
    return text;
  };
  const endFrame = (at: number): void => {
    framed += at - start;
    if (framed > MAX_FRAME_BYTES + entries.length) throw malformed();
    frame.push(piece(at));
  };
  let depth = 0;
  let isInList = false;
  let isEntry = false;
  let isString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    if (at - start > MAX_ENTRY_BYTES)
      throw new Error(`an entry of it has more than ${MAX_ENTRY_BYTES} bytes`);
    const byte = bytes[at];
    if (isString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isString = false;
    } else if (byte === quote) {
      isString = true;
    } else if (byte === brace || byte === bracket) {
      if (depth === 1) isInList = byte === bracket;
      if (depth === 2 && isInList && byte === brace) {
        endFrame(at);
        isEntry = true;
      }
      depth += 1;
    } else if (byte === closingBrace || byte === closingBracket) {
      depth -= 1;
      if (depth !== 2 || !isEntry) continue;
      isEntry = false;
      if (entries.length === MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} entries`);
      frame.push(String(entries.push(JSON.parse(piece(at + 1))) - 1));
      if (turns.isOver) await turns.next();
    }
  }
  endFrame(bytes.length);
  return { frame: frame.join(''), entries };
}

function malformed(): Error {
  return new Error('it is malformed');
}
