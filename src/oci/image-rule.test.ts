import { describe, expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { parseImageName } from './image-name.ts';
import { fitsImage, longestRule, parseImageRule } from './image-rule.ts';

const digest = digestOf('x');
const other = digestOf('y');

describe('a rule', () => {
  test.each<[rule: string, name: string]>([
    ['docker.io', 'docker.io/'],
    ['docker.io/', 'docker.io/'],
    ['registry-1.docker.io/', 'docker.io/'],
    ['QUAY.io', 'quay.io/'],
    ['quay.io:8443', 'quay.io:8443/'],
    ['quay.io:443', 'quay.io/'],
    ['registry:5000/', 'registry:5000/'],
    ['localhost', 'localhost/'],
    ['localhost:5000', 'localhost:5000/'],
    ['[::1]:5000', '[::1]:5000/'],
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.29', 'docker.io/library/nginx:1.29'],
    ['postgres:16', 'docker.io/library/postgres:16'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    ['docker.io/nginx:1.29', 'docker.io/library/nginx:1.29'],
    ['docker.io/library/', 'docker.io/library/'],
    ['library/', 'docker.io/library/'],
    ['team/app', 'docker.io/team/app'],
    ['ghcr.io/team', 'ghcr.io/team'],
    ['ghcr.io/team/', 'ghcr.io/team/'],
    ['ghcr.io/team/app:V1', 'ghcr.io/team/app:V1'],
    [`ghcr.io/team/app:v1@${digest}`, `ghcr.io/team/app:v1@${digest}`],
  ])('%s is %s, which is itself', (text, name) => {
    expect(parseImageRule(text).name).toBe(name);
    expect(parseImageRule(name)).toEqual(parseImageRule(text));
  });

  test.each<[rule: string, why: RegExp]>([
    ['', /empty/],
    ['/', /empty/],
    ['*', /leave out the \*/],
    ['docker.io/*', /leave out the \*/],
    ['https://quay.io/', /no registry host|no repository name/],
    ['https://quay.io/team', /leave out the scheme/],
    ['docker.io/library', /docker\.io\/library\/ for all that is below/],
    ['docker.io/nginx', /docker\.io\/library\/nginx for the image/],
    ['ghcr.io//team', /empty segment/],
    ['ghcr.io/Team/', /lower case/],
    ['ghcr.io/team:', /no tag/],
    ['ghcr.io/team@sha256:1', /digest/],
    ['quay.io@evil', /user or password|no image name|digest/],
  ])('%j is none', (text, why) => {
    expect(() => parseImageRule(text)).toThrow(why);
  });
});

describe('fits', () => {
  test.each<[rule: string, image: string, fits: boolean]>([
    ['docker.io', 'nginx', true],
    ['docker.io', 'index.docker.io/team/app', true],
    ['quay.io', 'quay.io/team/app', true],
    ['quay.io', 'quay.io.evil.test/team/app', false],
    ['quay.io', 'quay.io:8443/team/app', false],
    ['quay.io', 'evil.test/quay.io/team/app', false],
    ['ghcr.io/team', 'ghcr.io/team/app', true],
    ['ghcr.io/team', 'ghcr.io/team', true],
    ['ghcr.io/team', 'ghcr.io/team:v1', true],
    ['ghcr.io/team', `ghcr.io/team@${digest}`, true],
    ['ghcr.io/team', 'ghcr.io/teamster/app', false],
    ['ghcr.io/team/', 'ghcr.io/team/app/part', true],
    ['ghcr.io/team/', 'ghcr.io/team:v1', false],
    ['nginx', 'nginx:1.29', true],
    ['nginx', 'docker.io/nginx', true],
    ['nginx', 'docker.io/library/nginx/part', true],
    ['nginx', 'nginx/nginx-ingress', false],
    ['nginx:1.2', 'nginx:1.2', true],
    ['nginx:1.2', 'nginx:1.29', false],
    ['nginx:1.2', 'nginx', false],
    ['nginx:1.2', `nginx:1.2@${digest}`, true],
    ['nginx:1.2', `nginx@${digest}`, false],
    ['nginx:V1', 'nginx:v1', false],
    ['nginx:latest', 'nginx', true],
    [`nginx@${digest}`, `nginx@${digest}`, true],
    [`nginx@${digest}`, `nginx:1.2@${digest}`, true],
    [`nginx@${digest}`, `nginx@${other}`, false],
    [`nginx:1.2@${digest}`, `nginx@${digest}`, false],
    ['library/', 'nginx', true],
  ])('%s, %s: %s', (rule, image, fits) => {
    expect(fitsImage(parseImageRule(rule), parseImageName(image))).toBe(fits);
  });
});

test.each<[rules: readonly string[], image: string, longest: string | undefined]>([
  [[], 'nginx', undefined],
  [['quay.io'], 'nginx', undefined],
  [['docker.io', 'nginx', 'library/', 'nginx:1.2'], 'nginx:1.2', 'docker.io/library/nginx:1.2'],
  [['nginx:1.2', 'library/', 'nginx', 'docker.io'], 'nginx:1.3', 'docker.io/library/nginx'],
  [['docker.io', 'a/b/c/d/e/f/g/h/i/j/k'], 'a/b', 'docker.io/'],
])('of %j for %s the longest is %s', (rules, image, longest) => {
  expect(longestRule(rules.map(parseImageRule), parseImageName(image))?.name).toBe(longest);
});
