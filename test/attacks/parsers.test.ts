// Every parser of a line that a stranger wrote: it refuses in its own words, or what it takes is safe and is the same again.
import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { parseDuration } from '../../src/config/duration.ts';
import { parseShare, parseSize } from '../../src/config/size.ts';
import { parseChallenges } from '../../src/oci/challenge.ts';
import { digestAlgorithm, digestFromHex, digestHex, digestOf, parseDigest } from '../../src/oci/digest.ts';
import { OciError } from '../../src/oci/errors.ts';
import { matchesIfNoneMatch } from '../../src/oci/etag.ts';
import { formatImageName, parseImageName } from '../../src/oci/image-name.ts';
import { parseLinkNext } from '../../src/oci/link-header.ts';
import { baseMediaType } from '../../src/oci/media-type.ts';
import { formatPlatform, normalizePlatform, parsePlatform } from '../../src/oci/platform.ts';
import { contentRange, parseRange } from '../../src/oci/range.ts';
import { parseReference, parseTag } from '../../src/oci/reference.ts';
import { hostFromSegment, looksLikeHost, parseRegistryHost } from '../../src/oci/registry-host.ts';
import { parseRepositoryName } from '../../src/oci/repository.ts';
import { matchesWildcard } from '../../src/oci/wildcard.ts';
import { resolveTarget } from '../../src/pullrequest/target.ts';
import { entryName, linkedName } from '../../src/transfer/entry-name.ts';
import { parseImageList } from '../../src/transfer/image-list.ts';
import { parseRetryAfter, UpstreamError } from '../../src/upstream/errors.ts';
import { parseRateLimit } from '../../src/upstream/rate-limit.ts';
import { mayShowCredentials, realmUrl } from '../../src/upstream/realm.ts';
import { fuzz, textLike } from './fuzzing.ts';

const sha256 = digestOf('x');
const sha512 = digestOf('x', 'sha512');

/** What is taken, or undefined where it is refused as it should be; nothing else may be thrown. */
function taken<T>(parse: () => T, refusal: new (...args: never[]) => Error = OciError): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof refusal) return undefined;
    throw error;
  }
}

/** That it is one segment, or several, of a path and a URL, and nothing else to anybody. */
function expectSafeInPaths(text: string): void {
  expect(posix.normalize(text)).toBe(text);
  expect(posix.isAbsolute(text)).toBe(false);
  expect(new URL(`http://registry.test/v2/${text}/x?y#z`).pathname).toBe(`/v2/${text}/x`);
  expect(text).toMatch(/^[\x21-\x7e]+$/);
}

const hosts = [
  'docker.io',
  'quay.io:5000',
  '[2001:db8::1]:5000',
  'LOCALHOST',
  '10.0.0.1',
  'a-b.example.',
] as const;
const names = [
  'library/nginx',
  'a/b_c/d__e/f-g.h',
  'quay.io/app',
  'f/quay.io/app',
  'host__5000/app',
] as const;

describe('what names content', () => {
  fuzz('a digest', textLike(sha256, sha512, 'sha256:totallywrong', `SHA256:${'A'.repeat(64)}`), (text) => {
    const digest = taken(() => parseDigest(text));
    if (digest === undefined) return;
    expect(digest).toBe(text);
    expect(digestFromHex(digestHex(digest))).toBe(digest);
    expect(digest.startsWith(`${digestAlgorithm(digest)}:`)).toBe(true);
    expectSafeInPaths(digestHex(digest));
  });

  fuzz('a tag', textLike('v1', '1.29-alpine', '_', 'A', 'sha256-0a', '.INVALID_MANIFEST_NAME'), (text) => {
    const tag = taken(() => parseTag(text));
    if (tag === undefined) return;
    expect(tag).toBe(text);
    expect(tag.length).toBeLessThanOrEqual(128);
    expectSafeInPaths(tag);
  });

  fuzz('a reference', textLike('v1', sha256, sha512, 'v1@sha256:0'), (text) => {
    const reference = taken(() => parseReference(text));
    if (reference !== undefined) expect(reference).toBe(text);
  });

  fuzz('a repository', textLike(...names), (text) => {
    const repository = taken(() => parseRepositoryName(text));
    if (repository === undefined) return;
    expect(repository).toBe(text);
    expect(repository.length).toBeLessThanOrEqual(255);
    expectSafeInPaths(repository);
  });

  fuzz(
    'an image name',
    textLike('nginx', 'a/b:v1', `quay.io/a@${sha256}`, `[::1]:5000/a:v1@${sha256}`),
    (text) => {
      const image = taken(() => parseImageName(text));
      if (image === undefined) return;
      const { registry, repository } = image;
      expect(parseImageName(formatImageName(image))).toEqual(image);
      expect(parseRegistryHost(registry)).toBe(registry);
      expect(parseRepositoryName(repository)).toBe(repository);
    },
  );

  fuzz('a list of images', fc.array(textLike('nginx:v1 # it', '# none', 'a/b')), (lines) => {
    const { references, mistakes } = parseImageList(lines.join('\n'));
    expect(references.length + mistakes.length).toBeLessThanOrEqual(
      lines.join('\n').split(/\r\n|\r|\n/).length,
    );
  });

  fuzz('a platform', textLike('linux/amd64', 'linux/arm/v7', 'windows/x86_64', 'macos/AARCH64/8'), (text) => {
    const platform = taken(() => parsePlatform(text));
    if (platform === undefined) return;
    expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
    const normal = normalizePlatform(platform);
    expect(normalizePlatform(normal)).toEqual(normal);
  });
});

describe('what names a registry', () => {
  fuzz('a registry host', textLike(...hosts, 'user:pass@host', 'https://quay.io', 'a.test:443'), (text) => {
    const host = taken(() => parseRegistryHost(text));
    if (host === undefined) return;
    expect(parseRegistryHost(host)).toBe(host);
    const url = new URL(`https://${host}`);
    expect([url.host, url.username, url.password, url.pathname]).toEqual([host, '', '', '/']);
  });

  fuzz('a host in a path', textLike('quay.io', 'localhost', 'a__5000', '[::1]'), (text) => {
    const host = looksLikeHost(text) ? taken(() => hostFromSegment(text)) : undefined;
    if (host !== undefined) expect(parseRegistryHost(host)).toBe(host);
  });

  const maybeHost = fc.option(textLike(...hosts), { nil: undefined });
  const request = fc.record({
    name: textLike(...names),
    ns: maybeHost,
    ociNamespace: maybeHost,
    xRegistry: maybeHost,
    host: maybeHost,
  });
  fuzz('a request', request, (asked) => {
    const target = taken(() => resolveTarget(asked, {}));
    if (target === undefined) return;
    expect(parseRegistryHost(target.registry)).toBe(target.registry);
    expect(parseRepositoryName(target.repository)).toBe(target.repository);
    expectSafeInPaths(target.repository);
    // An empty one names none.
    if (asked.ns !== undefined && asked.ns !== '') expect(target.registry).toBe(parseRegistryHost(asked.ns));
  });

  fuzz(
    'a pattern',
    fc.tuple(textLike('*.quay.io', 'ghcr.io', '*'), textLike('a.quay.io')),
    ([pattern, text]) => {
      const matches = matchesWildcard(pattern, text);
      // As a RegExp it would mean the same, but that is not for patterns of any length: it goes back over its steps.
      const parts = pattern.split('*').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
      if (parts.length <= 3 && pattern.length + text.length < 1000)
        expect(matches).toBe(new RegExp(`^${parts.join('[^]*')}$`).test(text));
    },
  );
});

describe('headers of clients', () => {
  const range = fc.tuple(textLike('bytes=0-1', 'bytes=5-', 'bytes=-5', 'bytes=0-0,2-3, 5-'), fc.maxSafeNat());
  fuzz('Range', range, ([header, size]) => {
    const ranges = parseRange(header, size);
    if (typeof ranges === 'string') return;
    expect(ranges.length).toBeGreaterThan(0);
    expect(ranges.length).toBeLessThanOrEqual(64);
    for (const one of ranges) {
      expect(one.start).toBeLessThanOrEqual(one.end);
      expect(one.end).toBeLessThan(size);
      expect(contentRange(one, size)).toMatch(/^bytes \d+-\d+\/\d+$/);
    }
    expect(ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0)).toBeLessThanOrEqual(2 * size);
  });

  fuzz('If-None-Match', textLike(`"${sha256}"`, `W/"${sha256}", "x"`, '*', sha256), (header) => {
    if (matchesIfNoneMatch(header, sha256)) expect(header).toMatch(new RegExp(`${sha256}|\\*`));
  });

  // Accept has no parser: what is served does not depend on it.
  fuzz('Content-Type', textLike('application/json; charset=utf-8', 'TEXT/html;'), (header) => {
    const type = baseMediaType(header);
    expect(baseMediaType(type)).toBe(type);
    expect(type).not.toContain(';');
  });
});

describe('headers of registries', () => {
  const challenge = textLike(
    'Bearer realm="https://auth.test/token",service="a, b",scope="repository:a:pull"',
    'Basic realm="x\\"y", Digest nonce="a,b"',
    'Negotiate YIIB6wYGKw==, Bearer realm=https://a.test/t',
    'Bearer __proto__="x", constructor=y',
  );
  fuzz('WWW-Authenticate', fc.oneof(challenge, fc.array(challenge, { maxLength: 4 })), (header) => {
    const length = typeof header === 'string' ? header.length : header.join('').length;
    const challenges = parseChallenges(header);
    expect(challenges.length).toBeLessThanOrEqual(length);
    for (const { scheme, params } of challenges) {
      expect(scheme).toMatch(/^[!#$%&'*+.^_`|~0-9a-z-]+$/);
      expect(Object.getPrototypeOf(params)).toBe(null);
      for (const value of Object.values(params)) expect(value.length).toBeLessThanOrEqual(length);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  const registryUrl = new URL('https://registry.example.com/');
  fuzz(
    'a realm',
    textLike(
      'https://auth.example.com/token',
      'http://example.com',
      '//evil.test',
      'https://u:p@example.com.evil.test/',
    ),
    (realm) => {
      const url = taken(() => realmUrl({ scheme: 'bearer', params: { realm } }, registryUrl), UpstreamError);
      if (url === undefined) return;
      expect([url.protocol, url.username, url.password]).toEqual(['https:', '', '']);
      if (mayShowCredentials(registryUrl, url, [])) expect(url.hostname).toMatch(/(?:^|\.)example\.com\.?$/);
    },
  );

  fuzz(
    'Link',
    textLike('</v2/a/tags/list?last=b>; rel="next"', '<x>; rel=prev, <y>; rel="a next"'),
    (header) => {
      const target = parseLinkNext(header);
      if (target !== undefined) expect(header).toContain(target);
    },
  );

  const now = new Date('2026-11-21T08:00:00Z');
  fuzz('Retry-After', textLike('120', 'Sat, 21 Nov 2026 09:00:00 GMT', '-1', '1e9'), (header) => {
    const wait = parseRetryAfter(header, now);
    if (wait === undefined) return;
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(3_600_000);
  });

  fuzz('RateLimit', fc.tuple(textLike('100;w=21600'), textLike('99;w=21600')), ([limit, remaining]) => {
    const found = parseRateLimit(
      { headers: { 'ratelimit-limit': limit, 'ratelimit-remaining': remaining } },
      now,
    );
    for (const value of Object.values(found ?? {}))
      if (typeof value === 'number') expect(value).not.toBeNaN();
  });
});

describe('names in archives', () => {
  fuzz('an entry', textLike('./blobs/sha256/ab', '../x', '/etc/passwd', 'a/../../b', 'a//b/'), (text) => {
    const name = entryName(text);
    if (name === undefined) return;
    expect(name.split('/')).not.toContain('..');
    expect(name).not.toMatch(/^\/|\0/);
    expect(entryName(name)).toBe(name);
  });

  const link = fc.tuple(
    fc.constantFrom('link' as const, 'symlink' as const),
    textLike('a/b'),
    textLike('../b', 'c'),
  );
  fuzz('a link', link, ([type, text, target]) => {
    const name = entryName(text);
    const linked = name === undefined ? undefined : linkedName(type, name, target);
    if (linked !== undefined) expect(linked.split('/')).not.toContain('..');
  });
});

describe('numbers of operators', () => {
  fuzz('a duration', textLike('90s', '1h30m', '0', '1.5h', 'never'), (text) => {
    const value = parseDuration(text);
    if (value !== undefined) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
  });

  fuzz('a size', textLike('5GiB', '10M', '0', '1.5TiB'), (text) => {
    const value = parseSize(text);
    if (value !== undefined) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
  });

  fuzz('a share', textLike('80%', '5GiB', '100%', '0%'), (text) => {
    const share = parseShare(text);
    if (typeof share === 'string') expect(Number.parseFloat(share)).toBeLessThanOrEqual(100);
  });
});
