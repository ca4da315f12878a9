import { describe, expect, test } from 'vitest';
import { podImages } from './pod-images.ts';

const pod = {
  initContainers: [{ name: 'init', image: 'busybox:1.37' }],
  containers: [{ name: 'web', image: 'nginx' }, { name: 'none' }],
  ephemeralContainers: [{ name: 'debug', image: 'ghcr.io/team/debug:v2' }],
  volumes: [
    { name: 'model', image: { reference: 'quay.io/team/model:v3' } },
    { name: 'c', configMap: {} },
  ],
};
const texts = ['busybox:1.37', 'nginx', 'ghcr.io/team/debug:v2', 'quay.io/team/model:v3'];

/** A resource with a pod's specification at a path. */
function resource(kind: string, path: string, spec: unknown): unknown {
  const steps = path.split('.').toReversed();
  return {
    kind,
    metadata: { name: 'x' },
    ...(steps.reduce((inner, key) => ({ [key]: inner }), spec) as object),
  };
}

test.each([
  ['Pod', 'spec'],
  ['PodTemplate', 'template.spec'],
  ['Deployment', 'spec.template.spec'],
  ['ReplicaSet', 'spec.template.spec'],
  ['ReplicationController', 'spec.template.spec'],
  ['StatefulSet', 'spec.template.spec'],
  ['DaemonSet', 'spec.template.spec'],
  ['Job', 'spec.template.spec'],
  ['CronJob', 'spec.jobTemplate.spec.template.spec'],
  ['SomebodysOwn', 'spec.groups.workers.podTemplate.spec'],
])('%s', (kind, path) => {
  const found = podImages(resource(kind, path, pod));
  expect(found.map(({ text }) => text)).toEqual(texts);
  expect(found.map((image) => image.path)).toEqual([
    `${path}.initContainers[0].image`,
    `${path}.containers[0].image`,
    `${path}.ephemeralContainers[0].image`,
    `${path}.volumes[0].image.reference`,
  ]);
});

describe('no image', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'nginx'],
    ['an image outside of containers', { kind: 'Theme', spec: { image: 'nginx:1' } }],
    ['a name in parts', { spec: { repository: 'docker.io/library/nginx', tag: '1' } }],
    ['containers that are no list', { spec: { containers: { image: 'nginx' } } }],
    ['containers that are texts', { spec: { containers: ['nginx'] } }],
    ['an image that is no text', { spec: { containers: [{ image: { name: 'nginx' } }] } }],
    ['a template whose image the mesh fills in', { kind: 'Deployment', containers: [{ image: 'auto' }] }],
    ['a template whose image is left out', { kind: 'Deployment', containers: [{ image: '' }] }],
  ])('%s', (_, value) => {
    expect(podImages(value)).toEqual([]);
  });
});

test('in a pod nothing is left to others', () => {
  const found = podImages({ kind: 'Pod', spec: { containers: [{ image: 'auto' }, { image: '' }] } });
  expect(found.map(({ text }) => text)).toEqual(['auto', '']);
});

test('what is nested a million times is walked to its end', () => {
  const depth = 1_000_000;
  const image = '{"containers":[{"image":"deep"}]}';
  const text = '{"a":['.repeat(depth / 2) + image + ']}'.repeat(depth / 2);
  const [found, ...others] = podImages(JSON.parse(text));
  expect(others).toEqual([]);
  expect(found?.text).toBe('deep');
  expect(found?.path).toMatch(/^\.\.\..{1,200}\.containers\[0\]\.image$/);
});

test('a key that means something to JavaScript is a key', () => {
  const text =
    '{"__proto__":{"spec":{"containers":[{"image":"a"}]}},"constructor":{"containers":[{"image":"b"}]}}';
  expect(podImages(JSON.parse(text)).map((image) => image.text)).toEqual(['a', 'b']);
});
