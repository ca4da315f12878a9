import { expect, test } from 'vitest';
import { Turns } from '../thread/turns.ts';
import { MAX_ENTRIES, MAX_ENTRY_BYTES, jsonBytes, parseJson } from './json-in-turns.ts';

const text = 'a "quoted\\ {[brace]}" and ünïcode 🚢';

test.each<readonly [string, Readonly<Record<string, unknown>>]>([
  ['nothing', {}],
  ['no list', { version: 1, name: text, inner: { list: [1, { a: [] }], [text]: null } }],
  ['empty lists', { a: [], b: [] }],
  [
    'entries',
    { version: 1, a: [{}, { text, list: [1, 2], inner: { list: [{ text }] } }], b: [{ [text]: 1 }] },
  ],
  ['many entries', { a: Array.from({ length: 30_000 }, (_, at) => ({ at, text })) }],
])('%s: is written as the language does, and read again', async (_, document) => {
  const bytes = await jsonBytes(document, new Turns());
  expect(bytes.toString()).toBe(JSON.stringify(document));
  expect(await parseJson(bytes, new Turns())).toEqual(document);
});

test('lists keep their own entries, also where an object has its keys in another order', async () => {
  const text = '{"b":[{"is":"b"}],"1":[{"is":1}]}';
  expect(await parseJson(Buffer.from(text), new Turns())).toEqual(JSON.parse(text));
});

test.each([
  ['nothing', '', 'JSON'],
  ['half a document', '{"a":[{"b":1}', 'JSON'],
  ['half an entry', '{"a":[{"b":1', 'JSON'],
  ['half a string', '{"a":[{"b":"1}]}', 'JSON'],
  ['two documents', '{"a":[]}{"a":[]}', 'JSON'],
  ['an entry that is none', '{"a":[{"b"]}', 'JSON'],
  ['brackets that are no pair', '{"a":[{"b":[}]]}', 'JSON'],
  ['no comma', '{"a":[{}{}]}', 'JSON'],
  ['another value', '0', 'malformed'],
  ['a list', '[[{}]]', 'malformed'],
  ['a number in a list', '{"a":[1]}', 'malformed'],
  ['a number that could be an entry', '{"a":[0],"b":[{}]}', 'malformed'],
  ['an entry, and its number', '{"a":[{},0]}', 'malformed'],
  ['a number that is no entry’s', '{"a":[{},-1]}', 'malformed'],
  ['a list in a list', '{"a":[[{}]]}', 'malformed'],
  ['one list twice', '{"a":[{}],"a":[{}]}', 'malformed'],
  ['an entry that is too large', `{"a":[{"b":"${'x'.repeat(MAX_ENTRY_BYTES)}"}]}`, 'an entry of it has more'],
  ['too many entries', `{"a":[${'{},'.repeat(MAX_ENTRIES)}{}]}`, 'more than 700000 entries'],
  ['much around the entries', `{"b":[${'0,'.repeat(100_000)}0]}`, 'malformed'],
])('%s is refused', async (_, document, message) => {
  await expect(parseJson(Buffer.from(document), new Turns())).rejects.toThrow(message);
});

test('what is no UTF-8 is refused', async () => {
  await expect(
    parseJson(Buffer.from([...Buffer.from('{"a":"'), 0xff, 0x22, 0x7d]), new Turns()),
  ).rejects.toThrow('not valid');
});
