import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import { formatYamlPlace, imagesInYaml } from './kubernetes-images.ts';

const digest = digestOf('x');

function names(text: string): readonly string[] {
  return imagesInYaml(text).images.map(({ image }) =>
    formatImageName(image).replace('docker.io/library/', ''),
  );
}

/** A resource with a pod's specification at a path. */
function resource(kind: string, path: string, pod: unknown, apiVersion = 'apps/v1'): string {
  const spec = path
    .split('.')
    .toReversed()
    .reduce<unknown>((inner, key) => ({ [key]: inner }), pod);
  return JSON.stringify({ apiVersion, kind, metadata: { name: 'web' }, ...(spec as object) });
}

const pod = {
  initContainers: [{ name: 'init', image: 'busybox:1.37' }],
  containers: [
    { name: 'web', image: 'nginx' },
    { name: 'side', image: `quay.io/team/side:v1@${digest}` },
  ],
  ephemeralContainers: [{ name: 'debug', image: 'ghcr.io/team/debug:v2' }],
  volumes: [
    { name: 'model', image: { reference: 'quay.io/team/model:v3', pullPolicy: 'IfNotPresent' } },
    { name: 'config', configMap: { name: 'web' } },
  ],
};
const podNames = [
  'busybox:1.37',
  'nginx:latest',
  `quay.io/team/side:v1@${digest}`,
  'ghcr.io/team/debug:v2',
  'quay.io/team/model:v3',
];

describe('every kind that has pods', () => {
  test.each([
    ['Pod', 'spec', 'v1'],
    ['PodTemplate', 'template.spec', 'v1'],
    ['ReplicationController', 'spec.template.spec', 'v1'],
    ['Deployment', 'spec.template.spec', 'apps/v1'],
    ['StatefulSet', 'spec.template.spec', 'apps/v1'],
    ['DaemonSet', 'spec.template.spec', 'apps/v1'],
    ['ReplicaSet', 'spec.template.spec', 'apps/v1'],
    ['Job', 'spec.template.spec', 'batch/v1'],
    ['CronJob', 'spec.jobTemplate.spec.template.spec', 'batch/v1'],
    ['Rollout', 'spec.template.spec', 'argoproj.io/v1alpha1'],
    ['CloneSet', 'spec.template.spec', 'apps.kruise.io/v1alpha1'],
  ])('%s', (kind, path, apiVersion) => {
    const text = resource(kind, path, pod, apiVersion);
    expect(names(text)).toEqual(podNames);
    expect(imagesInYaml(text).mistakes).toEqual([]);
  });

  test('a List, and lists in it', () => {
    const items = [JSON.parse(resource('Pod', 'spec', pod, 'v1')) as unknown];
    const inner = { apiVersion: 'v1', kind: 'List', items };
    expect(names(JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: [inner] }))).toEqual(podNames);
  });
});

describe('a stream', () => {
  const stream = `
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          image: "registry.example.test/shop/web:1.10"
          imagePullPolicy: IfNotPresent
---
# Source: shop/templates/empty.yaml
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - image: registry.example.test/shop/web:1.10
              name: job
`;

  test('each image once, with every place', () => {
    const { images, mistakes } = imagesInYaml(stream);
    expect(mistakes).toEqual([]);
    expect(images.map(({ image }) => formatImageName(image))).toEqual([
      'registry.example.test/shop/web:1.10',
    ]);
    expect(images[0]?.places.map(formatYamlPlace)).toEqual([
      'document 1, Deployment shop/web, spec.template.spec.containers[0].image',
      'document 3, CronJob nightly, spec.jobTemplate.spec.template.spec.containers[0].image',
    ]);
  });

  test('a document that is no YAML does not hide the others', () => {
    const { images, mistakes } = imagesInYaml(
      `${stream}---\nimage: {{ .Values.image }}:{{ .Values.tag }}\n---\n- redis:7\n`,
    );
    expect(images.map(({ image }) => formatImageName(image))).toEqual([
      'registry.example.test/shop/web:1.10',
      'docker.io/library/redis:7',
    ]);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.place.document).toBe(4);
  });

  test('a manifest that is not rendered is told', () => {
    const text = 'kind: Pod\napiVersion: v1\nspec: { containers: [ image: {{ .Values.image }} ] }\n';
    expect(imagesInYaml(text).mistakes.map(({ message }) => message)).toEqual([
      'the image is no text; is this rendered?',
    ]);
  });

  test('a container whose image is none is told', () => {
    const { mistakes } = imagesInYaml(resource('Pod', 'spec', { containers: [{ image: 'Nginx' }] }, 'v1'));
    expect(mistakes.map(({ place, text }) => [formatYamlPlace(place), text])).toEqual([
      ['document 1, Pod web, spec.containers[0].image', 'Nginx'],
    ]);
  });

  test('anchors and merge keys', () => {
    const text = `
apiVersion: v1
kind: Pod
x-base: &base { name: web, image: nginx:1 }
spec: { containers: [{ <<: *base, name: other }, *base] }
`;
    expect(names(text)).toEqual(['nginx:1']);
  });

  test('aliases of aliases are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level += 1) {
      const previous = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
      lines.push(`a${level}: &a${level} [${previous}]`);
    }
    expect(imagesInYaml(lines.join('\n')).mistakes.map(({ message }) => message)).toEqual([
      'the aliases are too many, or lead in a circle',
    ]);
  });

  test('an alias inside of what it names is refused, and what is beside it is found', () => {
    const { images, mistakes } = imagesInYaml('- &a [*a, *a]\n---\n- nginx:1\n');
    expect(images.length).toBe(1);
    expect(mistakes.map(({ message }) => message)).toEqual(['the aliases are too many, or lead in a circle']);
  });

  test('nothing', () => {
    expect(imagesInYaml('')).toEqual({ images: [], mistakes: [] });
  });
});

describe('custom resources', () => {
  test.each([
    [
      'Prometheus',
      '{ image: quay.io/prometheus/prometheus:v3.1.0 }',
      ['quay.io/prometheus/prometheus:v3.1.0'],
    ],
    [
      'CloudNativePG',
      '{ imageName: ghcr.io/cloudnative-pg/postgresql:17 }',
      ['ghcr.io/cloudnative-pg/postgresql:17'],
    ],
    ['Tekton', '{ steps: [{ name: a, image: bash, script: ls }] }', ['bash:latest']],
    ['Argo Workflows', '{ templates: [{ container: { image: alpine, command: [ls] } }] }', ['alpine:latest']],
    ['Rook', '{ cephVersion: { image: "quay.io/ceph/ceph:v19" } }', ['quay.io/ceph/ceph:v19']],
    [
      'GPU operator',
      '{ driver: { repository: nvcr.io/nvidia, image: driver, version: "570.1" } }',
      ['nvcr.io/nvidia/driver:570.1'],
    ],
    [
      'GPU operator by digest',
      `{ driver: { repository: nvcr.io/nvidia, image: driver, version: "${digest}" } }`,
      [`nvcr.io/nvidia/driver@${digest}`],
    ],
    [
      'HelmRelease values',
      '{ values: { image: { repository: team/app, tag: 1.10 } } }',
      ['docker.io/team/app:1.10'],
    ],
    [
      'HelmRelease values with a registry',
      '{ values: { image: { registry: quay.io, repository: team/app, tag: v1 } } }',
      ['quay.io/team/app:v1'],
    ],
    [
      'operators',
      '{ install: { containers: [{ image: "a/b:1", env: [{ name: RELATED_IMAGE_X, value: "quay.io/x/y:1" }] }] } }',
      ['docker.io/a/b:1', 'quay.io/x/y:1'],
    ],
  ])('%s', (_, spec, want) => {
    expect(names(`apiVersion: example.test/v1\nkind: Thing\nspec: ${spec}\n`)).toEqual(want);
  });

  test.each([
    ['a virtual machine', '{ image: ubuntu }'],
    ['a machine image', '{ image: ami-0123456789abcdef0 }'],
    ['a picture', '{ image: assets/logo.png }'],
    ['an address', '{ image: "https://example.test/logo" }'],
    ['nothing', '{ image: "" }'],
    ['an object', '{ image: { type: string } }'],
    ['what Istio fills in', '{ containers: [{ image: auto }] }'],
    ['a Git repository', '{ repository: team/app, tag: v1 }'],
    ['a chart repository', '{ repository: "https://charts.example.test", tag: v1 }'],
    ['an OCI chart repository', '{ image: { repository: "oci://ghcr.io/x", tag: v1 } }'],
    ['a chart whose tag is its own version', '{ image: { repository: team/app, tag: "" } }'],
    ['an environment variable', '{ env: [{ name: IMAGE, value: "quay.io/x/y:1" }] }'],
  ])('not %s', (_, spec) => {
    expect(imagesInYaml(`apiVersion: example.test/v1\nkind: Thing\nspec: ${spec}\n`)).toEqual({
      images: [],
      mistakes: [],
    });
  });

  test.each(['CustomResourceDefinition', 'Secret'])('nothing of a %s', (kind) => {
    expect(names(`apiVersion: v1\nkind: ${kind}\ndata: { image: "quay.io/x/y:1" }\n`)).toEqual([]);
  });
});
