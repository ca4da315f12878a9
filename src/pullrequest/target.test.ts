import { describe, expect, test } from 'vitest';
import { OciError } from '../oci/errors.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import { seededRandom } from '../oci/seeded-random.ts';
import { resolveTarget, type Options, type Request } from './target.ts';

const quay = parseRegistryHost('quay.io');
const identify: Options['identify'] = (host) => (host === 'quay.io:80' ? quay : host);
const nameInvalid = (message: RegExp): unknown =>
  expect.objectContaining({
    code: 'NAME_INVALID',
    status: 400,
    message: expect.stringMatching(message) as string,
  });

describe('resolveTarget', () => {
  test.each<[string, Request, string, string]>([
    ['ns', { name: 'library/nginx', ns: 'docker.io' }, 'docker.io/library/nginx', 'ns'],
    ['ns, one segment', { name: 'nginx', ns: 'docker.io' }, 'docker.io/library/nginx', 'ns'],
    ['ns, one segment elsewhere', { name: 'nginx', ns: 'quay.io' }, 'quay.io/nginx', 'ns'],
    ['ns in another spelling', { name: 'a/b', ns: 'Quay.IO.:443' }, 'quay.io/a/b', 'ns'],
    ['ns with a port', { name: 'a/b', ns: 'registry:5000' }, 'registry:5000/a/b', 'ns'],
    ['ns with IPv6', { name: 'a', ns: '[2001:DB8:0::1]:5000' }, '[2001:db8::1]:5000/a', 'ns'],
    ['ns that is an alias', { name: 'a', ns: 'quay.io:80' }, 'quay.io/a', 'ns'],
    ['ns before all', { name: 'a/b', ns: 'a.io', ociNamespace: 'b.io', xRegistry: 'c.io' }, 'a.io/a/b', 'ns'],
    ['OCI-Namespace', { name: 'a/b', ociNamespace: 'b.io', xRegistry: 'c.io' }, 'b.io/a/b', 'header'],
    ['X-Registry', { name: 'a/b', xRegistry: 'c.io' }, 'c.io/a/b', 'header'],
    ['empty values', { name: 'a/b', ns: '', ociNamespace: '', xRegistry: 'c.io' }, 'c.io/a/b', 'header'],
    ['ns said again', { name: 'quay.io/a/b', ns: 'quay.io' }, 'quay.io/a/b', 'ns'],
    ['ns said again in another spelling', { name: 'quay.io:443/a', ns: 'QUAY.io' }, 'quay.io/a', 'ns'],
    ['ns said again by an alias', { name: 'quay.io:80/a', ns: 'quay.io' }, 'quay.io/a', 'ns'],
    ['ns said again, encoded', { name: 'registry__5000/a', ns: 'registry:5000' }, 'registry:5000/a', 'ns'],
    ['ns said again, Trow', { name: 'f/quay.io/a/b', ns: 'quay.io' }, 'quay.io/a/b', 'ns'],
    [
      'ns said again, Docker Hub',
      { name: 'registry-1.docker.io/nginx', ns: 'index.docker.io' },
      'docker.io/library/nginx',
      'ns',
    ],
    [
      'ns said again, Docker Hub and Trow',
      { name: 'f/docker.io/nginx', ns: 'docker.io' },
      'docker.io/library/nginx',
      'ns',
    ],
    ['header said again', { name: 'quay.io/a/b', xRegistry: 'quay.io' }, 'quay.io/a/b', 'header'],
    ['ns, said thrice', { name: 'quay.io/quay.io/a', ns: 'quay.io' }, 'quay.io/quay.io/a', 'ns'],
    ['ns, a repository like a host', { name: 'myorg.io/app', ns: 'ghcr.io' }, 'ghcr.io/myorg.io/app', 'ns'],
    [
      'ns, a repository like no host',
      { name: 'my_org.io/app', ns: 'ghcr.io' },
      'ghcr.io/my_org.io/app',
      'ns',
    ],
    ['ns, a repository that is the host', { name: 'quay.io', ns: 'quay.io' }, 'quay.io/quay.io', 'ns'],
    ['ns, a repository that begins with f', { name: 'f/a.io/b', ns: 'ghcr.io' }, 'ghcr.io/f/a.io/b', 'ns'],
    ['ns, f and the host', { name: 'f/quay.io', ns: 'quay.io' }, 'quay.io/f/quay.io', 'ns'],
    ['Trow', { name: 'f/quay.io/a/b' }, 'quay.io/a/b', 'trow'],
    ['Trow, Docker Hub', { name: 'f/docker.io/nginx' }, 'docker.io/library/nginx', 'trow'],
    ['Trow, encoded', { name: 'f/registry__5000/a' }, 'registry:5000/a', 'trow'],
    ['Trow, localhost', { name: 'f/localhost/a' }, 'localhost/a', 'trow'],
    ['path', { name: 'quay.io/a/b/c/d/e' }, 'quay.io/a/b/c/d/e', 'path'],
    ['path, upper case', { name: 'QUAY.io/a' }, 'quay.io/a', 'path'],
    ['path, port', { name: 'registry:5000/a' }, 'registry:5000/a', 'path'],
    ['path, encoded port', { name: 'registry__5000/a' }, 'registry:5000/a', 'path'],
    ['path, localhost', { name: 'localhost/a' }, 'localhost/a', 'path'],
    ['path, IPv4', { name: '192.0.2.1/a' }, '192.0.2.1/a', 'path'],
    ['path, IPv6', { name: '[::1]:5000/a' }, '[::1]:5000/a', 'path'],
    ['path, alias', { name: 'quay.io:80/a' }, 'quay.io/a', 'path'],
    ['path, a second host is the repository’s', { name: 'a.io/b.io/c' }, 'a.io/b.io/c', 'path'],
    ['path, Host is another', { name: 'quay.io/a', host: 'cache.example:8080' }, 'quay.io/a', 'path'],
    ['path, Host cannot be read', { name: 'quay.io/a', host: 'quay.io/' }, 'quay.io/a', 'path'],
    [
      'path, Host on another port',
      { name: 'cache.example:5000/a', host: 'cache.example:8080' },
      'cache.example:5000/a',
      'path',
    ],
  ])('%s', (_, request, want, via) => {
    const target = resolveTarget(request, { identify });
    expect([`${target.registry}/${target.repository}`, target.via]).toEqual([want, via]);
  });

  test.each([
    ['nginx', 'docker.io', 'docker.io/library/nginx', 'default'],
    ['a/b', 'docker.io', 'docker.io/a/b', 'default'],
    ['f/b', 'quay.io', 'quay.io/f/b', 'default'],
    ['f/b/c', 'quay.io', 'quay.io/f/b/c', 'default'],
    ['f/quay.io', 'ghcr.io', 'ghcr.io/f/quay.io', 'default'],
    ['myorg.io', 'ghcr.io', 'ghcr.io/myorg.io', 'default'],
    ['2130706433/a', 'ghcr.io', 'ghcr.io/2130706433/a', 'default'],
    ['a/b', 'quay.io:80', 'quay.io/a/b', 'default'],
    ['a.io/b', 'quay.io', 'a.io/b', 'path'],
  ])('%s with the default %s', (name, defaultNs, want, via) => {
    const target = resolveTarget({ name }, { identify, defaultNs: parseRegistryHost(defaultNs) });
    expect([`${target.registry}/${target.repository}`, target.via]).toEqual([want, via]);
  });

  test.each<[string, Request, RegExp]>([
    ['an empty name', { name: '', ns: 'docker.io' }, /empty/],
    ['a scheme', { name: 'a', ns: 'https://quay.io' }, /^ns: .*leave out the scheme/],
    ['a path', { name: 'a', ns: 'quay.io/org' }, /^ns: .*leave out the path/],
    ['a scheme in a header', { name: 'a', ociNamespace: 'http://quay.io' }, /^OCI-Namespace: /],
    ['a path in a header', { name: 'a', xRegistry: 'quay.io/' }, /^X-Registry: /],
    ['a blank ns', { name: 'a', ns: ' ' }, /^ns: /],
    ['an ns in decimal', { name: 'a', ns: '2130706433' }, /four decimal numbers/],
    ['an ns in hexadecimal', { name: 'a', ns: '0x7f000001' }, /four decimal numbers/],
    ['port 0', { name: 'a', ns: 'quay.io:0' }, /1 to 65535/],
    ['port 65536', { name: 'quay.io:65536/a' }, /1 to 65535/],
    ['a path host in parts', { name: '127.1/a' }, /four decimal numbers/],
    ['a malformed path host', { name: 'my_org.io/a' }, /no registry host/],
    ['a malformed Trow host', { name: 'f/../a' }, /no registry host/],
    ['a parent as host', { name: '../a' }, /no registry host/],
    ['a parent', { name: 'quay.io/../a' }, /no repository name/],
    ['a parent with ns', { name: '../a', ns: 'quay.io' }, /no repository name/],
    ['an empty segment', { name: 'quay.io//a' }, /empty segment/],
    ['an empty Trow host', { name: 'f//a', ns: 'quay.io' }, /empty segment/],
    ['a leading slash', { name: '/quay.io/a' }, /empty segment/],
    ['only a host', { name: 'quay.io/' }, /empty/],
    ['only a Trow host', { name: 'f/quay.io/' }, /empty/],
    ['a host with a port alone', { name: 'quay.io:5000' }, /no repository name/],
    ['an escape', { name: 'quay.io/a%2fb' }, /no repository name/],
    ['a NUL', { name: 'quay.io/a\0' }, /no repository name/],
    ['unicode', { name: 'quay.io/\u00e9' }, /no repository name/],
    ['upper case', { name: 'quay.io/Org/a' }, /lower case/],
    ['a long one', { name: `quay.io/${'x'.repeat(256)}` }, /at most 255/],
  ])('refuses %s', (_, request, message) => {
    expect(() => resolveTarget(request, { identify })).toThrow(nameInvalid(message));
  });

  test.each<[string, Request, Options]>([
    ['by ns', { name: 'a', ns: 'cache.example:8080', host: 'cache.example:8080' }, {}],
    ['in another spelling', { name: 'a', ns: 'CACHE.example.', host: 'cache.example:443' }, {}],
    ['in the path', { name: 'cache.example/a', host: 'Cache.Example' }, {}],
    ['by Trow’s form', { name: 'f/localhost__8080/a', host: 'localhost:8080' }, {}],
    ['by a header', { name: 'a', xRegistry: '[::1]:8080', host: '[0:0::1]:8080' }, {}],
    ['by default', { name: 'a', host: 'quay.io' }, { defaultNs: quay }],
    ['by an alias', { name: 'a', ns: 'quay.io:80', host: 'quay.io' }, { identify }],
    ['where Host is the alias', { name: 'a', ns: 'quay.io', host: 'quay.io:80' }, { identify }],
    ['as Docker Hub', { name: 'a', ns: 'docker.io', host: 'registry-1.docker.io' }, {}],
    ['by a further name', { name: 'a', ns: 'cache.svc:80' }, { selfNames: new Set(['x', 'Cache.SVC:80']) }],
  ])('refuses to ask itself, named %s', (_, request, options) => {
    expect(() => resolveTarget(request, options)).toThrow(nameInvalid(/this server itself.*loop/));
  });

  test('says how to name a registry, and what is cached under such a name', () => {
    const cached = Array.from({ length: 7 }, (_, i) => `r${i}.example/library/nginx`);
    const suggest = (name: string): readonly string[] => (name === 'nginx' ? cached : []);
    expect(() => resolveTarget({ name: 'nginx' }, { suggest })).toThrow(
      nameInvalid(
        /which registry.*\?ns=.*default_ns.*end in this name: r0\.example.*, r4\.example\/library\/nginx$/,
      ),
    );
    expect(() => resolveTarget({ name: 'other' }, { suggest })).toThrow(
      nameInvalid(/default_ns on this server$/),
    );
    expect(() => resolveTarget({ name: 'nginx' }, {})).toThrow(nameInvalid(/which registry/));
  });

  test('asks for no suggestion for a name that cannot be', () => {
    const suggest = (): readonly string[] => {
      throw new Error('asked');
    };
    expect(() => resolveTarget({ name: 'a/\u0000' }, { suggest })).toThrow(nameInvalid(/no repository name/));
  });
});

const random = seededRandom();
test(`no input makes anything but a valid target or an OciError (seed ${random.seed})`, () => {
  const pieces: [string, ...string[]] = [
    ...[
      'a',
      'b1',
      'library',
      'nginx',
      'f',
      '/',
      '/',
      '//',
      '.',
      '..',
      ':',
      ':5000',
      '__',
      '__5000',
      '-',
      '_',
      '%2f',
      '%',
    ],
    ...[
      'docker.io',
      'index.docker.io',
      'quay.io',
      'quay.io:80',
      'localhost',
      '[::1]',
      '[',
      ']',
      '127.0.0.1',
      '0x7f.1',
    ],
    ...[
      '\0',
      '\n',
      ' ',
      '@',
      'https://',
      '?',
      '#',
      '\\',
      'é',
      '\ud800',
      '\u202e',
      '__proto__',
      'A',
      'x'.repeat(260),
    ],
  ] as [string, ...string[]];
  const text = (): string => Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
  const perhaps = (): string | undefined =>
    random.pick([undefined, undefined, 'quay.io', 'docker.io', text()]);
  const options: readonly [Options, ...Options[]] = [
    {},
    { defaultNs: quay },
    { identify, selfNames: new Set(['b1', '/']), suggest: (name) => [name] },
  ];
  let resolved = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const request = {
      name: text(),
      ns: perhaps(),
      ociNamespace: perhaps(),
      xRegistry: perhaps(),
      host: perhaps(),
    };
    try {
      const target = resolveTarget(request, random.pick(options));
      resolved += 1;
      expect(parseRegistryHost(target.registry)).toBe(target.registry);
      expect(parseRepositoryName(target.repository)).toBe(target.repository);
    } catch (error) {
      expect(error, JSON.stringify(request)).toBeInstanceOf(OciError);
      expect(error).toMatchObject({
        code: 'NAME_INVALID',
        message: expect.stringMatching(/^[\x20-\x7e]+$/) as string,
      });
    }
  }
  expect(resolved).toBeGreaterThan(100);
});

describe('the probe of `mirror doctor` is answered here, whichever way it comes', () => {
  test.each([
    { name: 'a1b2', ns: 'ociregistry-doctor.invalid', says: 'ociregistry-doctor.invalid/a1b2' },
    { name: 'ociregistry-doctor.invalid/a1b2', says: 'ociregistry-doctor.invalid/a1b2' },
    {
      name: 'ociregistry-doctor.invalid/a1b2',
      ns: 'quay.io',
      says: 'quay.io/ociregistry-doctor.invalid/a1b2',
    },
    { name: 'quay.io/ociregistry-doctor.invalid/a1b2', says: 'quay.io/ociregistry-doctor.invalid/a1b2' },
  ])('$name $ns', ({ says, ...request }) => {
    expect(() => resolveTarget(request, {})).toThrow(`ociregistry was asked for ${says}: `);
  });
});
