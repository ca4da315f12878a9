import { describe, expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

const plain = (header: string | readonly string[]): unknown =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, { ...params }]);

describe('parseChallenges', () => {
  test.each<[string, string | readonly string[], readonly unknown[]]>([
    ['nothing', '', []],
    ['no headers', [], []],
    ['only commas', ' , ,, ', []],
    [
      'Docker Hub’s',
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.example/token',
            service: 'registry.example',
            scope: 'repository:a/b:pull,push',
          },
        ],
      ],
    ],
    ['any case', 'BASIC Realm="X"', [['basic', { realm: 'X' }]]],
    ['no quotes', 'Basic realm=simple, charset=UTF-8', [['basic', { realm: 'simple', charset: 'UTF-8' }]]],
    [
      'a URL without quotes',
      'Bearer realm=https://a.example/t?x=1,service=s',
      [['bearer', { realm: 'https://a.example/t?x=1', service: 's' }]],
    ],
    ['blanks around =', 'Basic realm \t= "x" , a= b', [['basic', { realm: 'x', a: 'b' }]]],
    ['escapes', 'Basic realm="a \\"b\\" \\\\ c"', [['basic', { realm: 'a "b" \\ c' }]]],
    ['an empty value', 'Basic realm=""', [['basic', { realm: '' }]]],
    [
      'two in one header',
      'Bearer realm="r",service="s", Basic realm="b"',
      [
        ['bearer', { realm: 'r', service: 's' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'two in two headers',
      ['Basic realm="b"', 'Bearer realm="r"'],
      [
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
    [
      'schemes alone',
      'Negotiate, NTLM',
      [
        ['negotiate', {}],
        ['ntlm', {}],
      ],
    ],
    [
      'a scheme alone, then another',
      'Negotiate, Basic realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'token68',
      'Negotiate YII+/a==, Basic realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
      ],
    ],
    ['token68 at the end', 'Negotiate abc', [['negotiate', {}]]],
    [
      'the RFC’s',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    ],
    ['commas without need', ', Basic , realm="b" ,, x=y,', [['basic', { realm: 'b', x: 'y' }]]],
    ['given twice', 'Bearer realm="first", REALM="second"', [['bearer', { realm: 'first' }]]],
    ['a parameter before any scheme', 'realm="x", Basic a=b', [['basic', { a: 'b' }]]],
    [
      'a quote that never ends',
      'Bearer service="s", realm="https://a, Basic realm="b"',
      [
        ['bearer', { service: 's', realm: 'https://a, Basic realm=' }],
        ['b', {}],
      ],
    ],
    ['a quote that never ends, alone', 'Bearer realm="https://a', [['bearer', {}]]],
    ['a backslash at the end', 'Bearer realm="x\\', [['bearer', {}]]],
    [
      'junk between',
      'Basic realm="b", (junk) x=y, Bearer realm="r"',
      [
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
  ])('%s', (_, header, want) => {
    expect(plain(header)).toEqual(want);
  });

  test('parameters have no prototype to be polluted', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x", constructor="y"');
    expect(Object.getPrototypeOf(challenge?.params)).toBeNull();
    expect(Object.keys(challenge?.params ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test.each([
    ['words', 'a '.repeat(50_000)],
    ['one word', 'a'.repeat(100_000)],
    ['a token68 that is none', `a ${'b'.repeat(100_000)}!`],
    ['equals signs', `a b${'='.repeat(100_000)}c`],
    ['blanks', `a b${' '.repeat(100_000)}c`],
    ['quotes', 'a b="'.repeat(20_000)],
    ['backslashes', `a b="${'\\'.repeat(100_001)}`],
    ['unknown characters', '('.repeat(100_000)],
    ['commas', ','.repeat(100_000)],
  ])('comes to an end with very many %s', (_, header) => {
    expect(parseChallenges(header).length).toBeLessThan(60_000);
  });
});
