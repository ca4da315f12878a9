import { describe, expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { formatImageName, parseImageName } from './image-name.ts';

const digest = digestOf('x');

describe('parseImageName', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/a/b:C', 'docker.io/a/b:C'],
    ['quay.io/nginx', 'quay.io/nginx:latest'],
    ['QUAY.io:443/a/b/c/d/e:v1', 'quay.io/a/b/c/d/e:v1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['registry:443/app', 'registry:443/app:latest'],
    ['registry./app', 'registry:443/app:latest'],
    ['[2001:DB8::1]:5000/app:v1', '[2001:db8::1]:5000/app:v1'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`quay.io/a/b:v1@${digest}`, `quay.io/a/b:v1@${digest}`],
    ['foo__5000/app', 'docker.io/foo__5000/app:latest'],
    ['quay.io', 'docker.io/library/quay.io:latest'],
  ])('%s is %s', (text, want) => {
    const name = parseImageName(text);
    expect(formatImageName(name)).toBe(want);
    expect(parseImageName(want)).toEqual(name);
  });

  test('has no members that were not written', () => {
    expect(Object.keys(parseImageName(`nginx@${digest}`))).toEqual(['registry', 'repository', 'digest']);
  });

  test.each([
    ['nothing', '', 'NAME_INVALID'],
    ['a scheme', 'docker://nginx', 'NAME_INVALID'],
    ['upper case', 'Nginx', 'NAME_INVALID'],
    ['an empty tag', 'nginx:', 'NAME_INVALID'],
    ['a bad tag', 'nginx:-x', 'NAME_INVALID'],
    ['two tags', 'nginx:a:b', 'NAME_INVALID'],
    ['an empty digest', 'nginx@', 'DIGEST_INVALID'],
    ['a bad digest', 'nginx@sha256:abc', 'DIGEST_INVALID'],
    ['a tag behind the digest', `nginx@${digest}:v1`, 'DIGEST_INVALID'],
    ['no repository', 'quay.io/', 'NAME_INVALID'],
    ['no host', '/nginx', 'NAME_INVALID'],
    ['a malformed host', 'quay.io:0/nginx', 'NAME_INVALID'],
    ['a parent', 'quay.io/../nginx', 'NAME_INVALID'],
    ['a blank', 'quay.io/ngi nx', 'NAME_INVALID'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parseImageName(text)).toThrow(expect.objectContaining({ code, status: 400 }));
  });
});
