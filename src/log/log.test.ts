import { describe, expect, test } from 'vitest';
import { createLog, logLevels, silentLog } from './log.ts';
import type { Log, LogFields, LogFormat, LogLevel } from './log.ts';

const clock = (): Date => new Date('2026-11-21T07:45:00.123Z');

function logTo(level: LogLevel, format: LogFormat): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level, format, clock, write: (line) => lines.push(line) }), lines };
}

function line(format: LogFormat, message: string, fields?: LogFields, level: LogLevel = 'info'): string {
  const { log, lines } = logTo(level, format);
  log.info(message, fields);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const circular: Record<string, unknown> = { a: 1 };
circular['self'] = circular;
const shared = { x: 1 };

describe('a text line', () => {
  const head = '2026-11-21T07:45:00.123Z INFO  pulled';
  const table: readonly { name: string; fields: LogFields; shown: string }[] = [
    { name: 'no field', fields: {}, shown: '' },
    {
      name: 'plain values',
      fields: { status: 200, hit: true, path: '/v2/a' },
      shown: ' status=200 hit=true path=/v2/a',
    },
    { name: 'blanks and quotes', fields: { a: 'b c', d: 'e"f', g: '' }, shown: ' a="b c" d="e\\"f" g=""' },
    { name: 'nothing', fields: { a: null, b: undefined }, shown: ' a=null' },
    { name: 'an object', fields: { a: { b: [1] } }, shown: ' a={"b":[1]}' },
    { name: 'a circle', fields: { circular }, shown: ' circular={"a":1,"self":"[circular]"}' },
    { name: 'one object twice', fields: { a: [shared, shared] }, shown: ' a=[{"x":1},{"x":1}]' },
    { name: 'a bigint', fields: { a: { b: 1n } }, shown: ' a={"b":"1"}' },
    { name: 'a function', fields: { a: () => 1 }, shown: ' a=[function]' },
    {
      name: 'an error and its causes',
      fields: { error: new Error('outer', { cause: new Error('inner') }) },
      shown: ' error="outer: inner"',
    },
    {
      name: 'an error with only a code',
      fields: { error: Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }) },
      shown: ' error=ECONNREFUSED',
    },
    { name: 'a line break and an escape', fields: { a: 'b\n\u001b[2Jc' }, shown: ' a="b\\n\\u001b[2Jc"' },
    { name: 'a line separator', fields: { a: 'b\u2028c\u0085' }, shown: ' a="b\\u2028c\\u0085"' },
    {
      name: 'what throws when it is read',
      fields: {
        a: {
          get b() {
            throw new TypeError('no');
          },
        },
      },
      shown: ' a="[not loggable: TypeError]"',
    },
  ];
  test.each(table)('shows $name', ({ fields, shown }) => {
    expect(line('text', 'pulled', fields)).toBe(head + shown);
  });

  test('stays one line whatever the message is', () => {
    expect(line('text', 'a\r\nb')).toBe('2026-11-21T07:45:00.123Z INFO  a\\u000d\\u000ab');
  });
});

describe('a JSON line', () => {
  test('has time, level and message before the fields, which cannot replace them', () => {
    const text = line('json', 'pulled', { message: 'forged', level: 1, status: 200, gone: undefined });
    expect(text).toBe(
      '{"time":"2026-11-21T07:45:00.123Z","level":"info","message":"pulled","message_":"forged","level_":1,"status":200}',
    );
  });

  test('has errors with their causes and own properties, and stacks only from level debug on', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'EIO' });
    const shown: unknown = JSON.parse(line('json', 'failed', { error }));
    expect(shown).toMatchObject({
      error: { name: 'Error', message: 'outer', code: 'EIO', cause: { name: 'Error', message: 'inner' } },
    });
    expect(line('json', 'failed', { error })).not.toContain('stack');
    expect(line('json', 'failed', { error }, 'debug')).toContain('log.test.ts');
  });
});

describe('secrets', () => {
  const canary = 'cAnArY-9f3';
  const table: readonly { name: string; message?: string; fields?: LogFields }[] = [
    { name: 'password', fields: { password: canary } },
    { name: 'accessToken', fields: { accessToken: canary } },
    { name: 'refresh_token', fields: { refresh_token: canary } },
    { name: 'a number that is one', fields: { password: { n: canary } } },
    { name: 'Authorization at depth', fields: { request: { headers: [{ Authorization: canary }] } } },
    { name: 'Proxy-Authorization', fields: { headers: { 'Proxy-Authorization': canary } } },
    { name: 'Set-Cookie', fields: { headers: { 'set-cookie': [canary] } } },
    { name: 'on an error', fields: { error: Object.assign(new Error('x'), { token: canary }) } },
    { name: 'a URL with a user', fields: { url: `https://user:${canary}@registry.test/` } },
    { name: 'a URL object', fields: { url: new URL(`https://user:${canary}@registry.test/`) } },
    {
      name: 'a URL in an error',
      fields: { error: new Error('x', { cause: new Error(`GET http://${canary}@h/`) }) },
    },
    { name: 'a signed URL', fields: { url: `https://cdn.test/b?X-Amz-Signature=${canary}&sig=${canary}` } },
    { name: 'a bearer token in the message', message: `sent Authorization: Bearer ${canary}` },
    { name: 'basic credentials in a header list', fields: { raw: ['authorization', `Basic ${canary}`] } },
    { name: 'a stack', fields: { error: new Error(`Bearer ${canary}`) } },
  ];
  const cases = table.flatMap((row) => (['text', 'json'] as const).map((format) => ({ ...row, format })));
  test.each(cases)('$name is masked in $format', ({ format, message = 'x', fields }) => {
    const text = line(format, message, fields, 'debug');
    expect(text).not.toContain(canary);
    expect(text).toContain('[***]');
  });

  test('a child does not show those it was made with', () => {
    const { log, lines } = logTo('info', 'json');
    log.child({ token: canary }).info('x');
    expect(lines[0]).not.toContain(canary);
  });

  test.each([
    { name: 'counts', fields: { tokens: 3 }, shown: 'tokens=3' },
    { name: 'whether there is one', fields: { token: true }, shown: 'token=true' },
    { name: 'words', fields: { a: 'Basic authentication' }, shown: 'a="Basic authentication"' },
    { name: 'digests', fields: { a: `sha256:${'ab'.repeat(32)}` }, shown: `a=sha256:${'ab'.repeat(32)}` },
    {
      name: 'image names',
      fields: { a: 'docker.io/library/a@sha256:ab' },
      shown: 'a=docker.io/library/a@sha256:ab',
    },
  ])('$name are not', ({ fields, shown }) => {
    expect(line('text', 'x', fields)).toContain(shown);
  });
});

describe('levels', () => {
  test.each(logLevels)('%s writes itself and what is worse', (level) => {
    const { log, lines } = logTo(level, 'text');
    for (const at of logLevels) log[at]('x');
    const expected = logLevels.slice(logLevels.indexOf(level));
    expect(lines.map((text) => text.split(' ')[1]?.toLowerCase())).toEqual(expected);
    expect(logLevels.filter((at) => log.enabled(at))).toEqual(expected);
    expect(log.level).toBe(level);
  });

  test('fields below the level are not looked at', () => {
    const { log } = logTo('error', 'text');
    const fields = {
      get costly(): string {
        throw new Error('looked at');
      },
    };
    expect(() => log.debug('x', fields)).not.toThrow();
  });
});

test('a child carries its fields, and a line can replace them', () => {
  const { log, lines } = logTo('info', 'text');
  log.child({ a: 1, b: 2 }).child({ c: 3 }).warn('x', { b: 4 });
  expect(lines).toEqual(['2026-11-21T07:45:00.123Z WARN  x a=1 b=4 c=3']);
});

test('the silent log says nothing', () => {
  for (const at of logLevels) silentLog[at]('x');
  expect(silentLog.enabled('error')).toBe(false);
  expect(silentLog.child({})).toBe(silentLog);
});
