import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../config/config.ts';
import type { ImageValidation } from '../config/config.ts';
import { digestOf } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import { parseImageRule } from '../oci/image-rule.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { objections } from './verdict.ts';
import type { Judged, Obstacles, Policy } from './verdict.ts';

interface Written {
  readonly default?: ImageValidation['default'];
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly names?: readonly string[];
  readonly defaultNs?: string;
}

function policy({
  default: standard = 'allow',
  allow = [],
  deny = [],
  names = [],
  defaultNs,
}: Written): Policy {
  return {
    validation: {
      ...defaultConfig.imageValidation,
      default: standard,
      allow: allow.map(parseImageRule),
      deny: deny.map(parseImageRule),
      serverNames: names.map(parseRegistryHost),
    },
    ...(defaultNs !== undefined && { defaultNs: parseRegistryHost(defaultNs) }),
  };
}

const nobody: Obstacles = () => Promise.reject(new Error('nobody asked the cache'));

function pod(...images: readonly string[]): unknown {
  return { kind: 'Pod', spec: { containers: images.map((image) => ({ image })) } };
}

const created = (object: unknown): Judged => ({ operation: 'CREATE', object });
const digest = digestOf('x');

describe('one image', () => {
  test.each<[image: string, rules: Written, against: RegExp | undefined]>([
    ['nginx', {}, undefined],
    ['nginx', { default: 'deny' }, /"nginx" is docker\.io\/library\/nginx:latest .*no rule allows it/],
    ['nginx', { default: 'deny', allow: ['docker.io'] }, undefined],
    ['nginx', { default: 'deny', allow: ['nginx'] }, undefined],
    ['nginx', { deny: ['docker.io'] }, /denied by the rule docker\.io\/$/],
    ['nginx', { allow: ['docker.io'], deny: ['library/'] }, /denied by the rule docker\.io\/library\/$/],
    ['nginx', { allow: ['nginx'], deny: ['library/'] }, undefined],
    ['nginx', { allow: ['nginx'], deny: ['nginx'] }, /denied by the rule docker\.io\/library\/nginx$/],
    ['nginx:1.2', { allow: ['nginx:1.2'], deny: ['nginx'] }, undefined],
    ['nginx', { allow: ['nginx:1.2'], deny: ['nginx'] }, /denied by the rule/],
    ['ghcr.io.evil.test/team/app', { default: 'deny', allow: ['ghcr.io'] }, /no rule allows it/],
    [`a.test/app@${digest}`, { default: 'deny', allow: [`a.test/app@${digest}`] }, undefined],
    ['Nginx', {}, /"Nginx" \(spec\.containers\[0\]\.image\): .*lower case/],
    ['', {}, /"" \(spec\.containers\[0\]\.image\)/],
    ['a.test/app:', {}, /no tag/],
    ['https://a.test/app', {}, /leave out the scheme/],
    ['nginx\u202e', {}, /"nginx\\u202e"/],
    ['auto', { deny: ['library/'] }, /docker\.io\/library\/auto:latest/],
  ])('%s, %j', async (image, rules, against) => {
    const found = await objections(created(pod(image)), policy(rules), nobody);
    if (against === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(against)]);
  });
});

describe('an image that is pulled from this server', () => {
  test.each<[image: string, meant: string]>([
    ['cache.test/f/quay.io/team/app:v1', 'quay.io/team/app:v1'],
    ['cache.test/quay.io/team/app:v1', 'quay.io/team/app:v1'],
    ['CACHE.test:443/quay.io/team/app', 'quay.io/team/app:latest'],
    ['cache.test/docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['cache.test/host__5000/app:v1', 'host:5000/app:v1'],
    [`cache.test/quay.io/team/app@${digest}`, `quay.io/team/app@${digest}`],
    ['cache.test/team/app:v1', 'ghcr.io/team/app:v1'],
    ['cache.test:8443/quay.io/team/app:v1', 'cache.test:8443/quay.io/team/app:v1'],
  ])('%s is %s', async (image, meant) => {
    const asked: string[] = [];
    const ask: Obstacles = (images) => {
      asked.push(...images.map(formatImageName));
      return Promise.resolve([undefined]);
    };
    const rules = policy({ default: 'cached', names: ['cache.test'], defaultNs: 'ghcr.io' });
    expect(await objections(created(pod(image)), rules, ask)).toEqual([]);
    expect(asked).toEqual([meant]);
  });

  test.each([
    ['cache.test/team/app', /which registry is "team\/app" in/],
    ['cache.test/cache.test/quay.io/team/app', /this server itself/],
  ])('%s is none', async (image, against) => {
    const found = await objections(created(pod(image)), policy({ names: ['cache.test'] }), nobody);
    expect(found).toEqual([expect.stringMatching(against)]);
  });
});

describe('many images', () => {
  test('each is said once, with its place, in their order', async () => {
    const object = pod('bad.test/b', 'nginx', 'bad.test/a:v1', 'bad.test/b');
    expect(await objections(created(object), policy({ deny: ['bad.test'] }), nobody)).toEqual([
      '"bad.test/b" is bad.test/b:latest (spec.containers[0].image): denied by the rule bad.test/',
      'bad.test/a:v1 (spec.containers[2].image): denied by the rule bad.test/',
    ]);
  });

  test('the cache is asked once, and only for those that no rule is for', async () => {
    const rules = policy({ default: 'cached', allow: ['quay.io'], deny: ['bad.test'] });
    const object = pod('quay.io/a:1', 'nginx:1', 'bad.test/b:1', 'nginx:2', 'nginx:3');
    const asked: (readonly string[])[] = [];
    const ask: Obstacles = (images) => {
      asked.push(images.map(formatImageName));
      return Promise.resolve(['it is not cached', undefined, 'it is not cached whole']);
    };
    expect(await objections(created(object), rules, ask)).toEqual([
      expect.stringMatching(/^"nginx:1" is docker\.io\/library\/nginx:1 .*: it is not cached$/),
      expect.stringMatching(/^bad\.test\/b:1 .*: denied by the rule bad\.test\/$/),
      expect.stringMatching(/^"nginx:3" is .*: it is not cached whole$/),
    ]);
    expect(asked).toEqual([
      ['docker.io/library/nginx:1', 'docker.io/library/nginx:2', 'docker.io/library/nginx:3'],
    ]);
  });
});

describe('operations', () => {
  const denying = policy({ default: 'deny' });
  test.each<[name: string, judged: Judged, objections: number]>([
    ['a pod that goes', { operation: 'DELETE', object: null, oldObject: pod('a') }, 0],
    ['an exec', { operation: 'CONNECT', object: pod('a') }, 0],
    [
      'a pod that stays as it was',
      { operation: 'UPDATE', object: pod('a', 'b'), oldObject: pod('b', 'a') },
      0,
    ],
    ['a pod with another image', { operation: 'UPDATE', object: pod('a', 'c'), oldObject: pod('a', 'b') }, 1],
    ['a pod that was not there', { operation: 'UPDATE', object: pod('a'), oldObject: null }, 1],
    [
      'a pod that was there before it is made',
      { operation: 'CREATE', object: pod('a'), oldObject: pod('a') },
      1,
    ],
    ['a scale', { operation: 'UPDATE', object: { kind: 'Scale', spec: { replicas: 3 } } }, 0],
    ['nothing', { operation: 'CREATE', object: null }, 0],
  ])('%s', async (_, judged, count) => {
    expect(await objections(judged, denying, nobody)).toHaveLength(count);
  });
});
