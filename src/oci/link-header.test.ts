import { expect, test } from 'vitest';
import { parseLinkNext } from './link-header.ts';

test.each([
  ['absent', undefined, undefined],
  ['empty', '', undefined],
  ['the specification’s', '</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
  ['not quoted', '</x>;rel=next', '/x'],
  ['any case', '</x>; REL="NEXT"', '/x'],
  ['absolute', '<https://a.example/x>; rel="next"', 'https://a.example/x'],
  ['one of several relations', '</x>; rel="last next"', '/x'],
  ['another relation', '</x>; rel="prev"', undefined],
  ['a longer relation', '</x>; rel="nextish"', undefined],
  ['no relation', '</x>', undefined],
  ['the second link', '</p>; rel="prev", </n>; rel="next"', '/n'],
  ['the first of two', '</1>; rel="next", </2>; rel="next"', '/1'],
  ['other parameters', '</n>; title="a, <b>; rel=prev"; rel="next"; x', '/n'],
  ['a parameter without a value', '</n>; crossorigin; rel=next', '/n'],
  ['the first rel counts', '</n>; rel="prev"; rel="next"', undefined],
  ['a comma in the target', '</n?last=a,b>; rel="next"', '/n?last=a,b'],
  ['blanks', ' < /n > ; rel = "next" ', '/n'],
  ['no brackets', '/n; rel="next"', undefined],
  ['no end bracket', '</n; rel="next"', undefined],
  ['an empty target, which would be this page again', '<>; rel="next"', undefined],
  ['no end quote', '</n>; rel="next', undefined],
  ['junk first', 'junk, </n>; rel="next"', '/n'],
  ['a trailing semicolon', '</n>; rel=next;', '/n'],
])('%s', (_, header, want) => {
  expect(parseLinkNext(header)).toBe(want);
});

test.each([['<'], ['<>'], ['<a>;'], ['<a>; rel'], ['<a>; rel="'], [';'], [', '], ['"']])(
  'comes to an end with very many %j',
  (piece) => {
    expect(parseLinkNext(piece.repeat(20_000))).toBeUndefined();
  },
);
