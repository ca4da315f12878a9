// A YAML document that knows the place of everything in it.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, YAMLError } from 'yaml';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Fault extends Place {
  readonly message: string;
}

export interface YamlDocument {
  /** The plain value, without the keys that have no value; undefined where there are faults. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Where the value at a path stands, or its key; else where the innermost thing around it begins. */
  place(path: readonly PropertyKey[], of: 'key' | 'value'): Place;
}

const quoting = 'a value that begins with one of * & ! @ ` % | > needs quotes around it';

/** The parser's own messages repeat parts of the file, which may be a password; these say the same without. */
const faultMessages: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit what is above',
  BAD_SCALAR_START: quoting,
  BAD_ALIAS: quoting,
  BAD_DQ_ESCAPE: 'a backslash inside double quotes is not a valid escape; use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value cannot go on after its key like this; is a quote or a line break missing?',
  DUPLICATE_KEY: 'the key is there twice',
  MISSING_CHAR: 'a character is missing: a space after a colon, a comma, or a closing quote or bracket',
  MULTILINE_IMPLICIT_KEY: 'a key cannot span lines; is a colon missing?',
  MULTIPLE_DOCS: 'only one document may be in the file; remove what is from here on',
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  TAG_RESOLVE_FAILED: quoting,
};

/** @param schema `failsafe`: every value is text, as it was written */
export function parseYaml(text: string, schema: 'core' | 'failsafe' = 'core'): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: readonly YAMLError[] = [...document.errors, ...document.warnings];
  const faults = problems.map(({ code, pos }) => ({
    ...placeOf(pos[0]),
    message: faultMessages[code] ?? 'this is not valid YAML',
  }));
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined)
        faults.push({ ...placeOf(alias.range?.[0] ?? 0), message: quoting });
    },
    Scalar(_, scalar) {
      const { type, value } = scalar;
      if (type === 'PLAIN' && typeof value === 'string' && /^(?:~|null|Null|NULL)?$/.test(value))
        scalar.value = null;
    },
  });
  let value: unknown;
  try {
    value = faults.length > 0 ? undefined : withoutEmpty(document.toJS());
  } catch {
    // All else has been looked at: these are aliases of aliases that would grow without bound.
    faults.push({ line: 1, column: 1, message: 'the aliases in the file are too many' });
  }
  return { value, faults, place: (path, of) => placeOf(offsetOf(document, path, of)) };
}

/** `auth:` with nothing after it says the same as no `auth` at all. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(filled.map(([key, inner]) => [key, withoutEmpty(inner)]));
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], of: 'key' | 'value'): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq<Node | null>(node)) {
      node = node.items[Number(step)];
    } else if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      const last = index === path.length - 1;
      node = pair.value;
      if ((last && of === 'key') || node?.range === undefined) offset = pair.key.range?.[0] ?? offset;
      if (last && of === 'key') break;
    } else {
      break;
    }
    offset = node?.range?.[0] ?? offset;
  }
  return offset;
}
