// The Helm chart: its parts agree with each other and with the server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingShape } from '../src/config/schema.ts';
import { cases, chart } from './chart/helm.ts';

type Values = Readonly<Record<string, unknown>>;

const read = (name: string): string => readFileSync(join(chart, name), 'utf8');
const defaults = parse(read('values.yaml')) as Values;
const schema = JSON.parse(read('values.schema.json')) as Schema;
const type = z.fromJSONSchema(schema as unknown as Parameters<typeof z.fromJSONSchema>[0]);

interface Schema {
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function isTree(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As helm does it: maps are merged, everything else is replaced. */
function over(base: Values, changes: Values): Values {
  const merged = Object.entries(changes).map(([key, value]) => {
    const below = base[key];
    return [key, isTree(value) && isTree(below) ? over(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

/** Every path that the schema allows and closes, such as `tls.enabled`. */
function allowed({ properties = {} }: Schema): readonly string[] {
  return Object.entries(properties).flatMap(([key, inner]) =>
    inner.additionalProperties === false ? allowed(inner).map((path) => `${key}.${path}`) : [key],
  );
}

function paths(values: Values, { properties = {} }: Schema): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const inner = properties[key];
    return isTree(value) && inner?.additionalProperties === false
      ? paths(value, inner).map((path) => `${key}.${path}`)
      : [key];
  });
}

describe('values', () => {
  test('the schema knows each of them, and none that there is not', () => {
    // helm passes `global` to every chart.
    expect(allowed(schema).toSorted()).toEqual(['global', ...paths(defaults, schema)].toSorted());
  });

  test.each(['{}', ...cases.map((path) => readFileSync(path, 'utf8'))])('the schema allows: %s', (text) => {
    expect(type.safeParse(over(defaults, parse(text) as Values)).error?.issues ?? []).toEqual([]);
  });

  test.each([
    'kind: DaemonSet',
    'replicas: -1',
    'service: { prot: 80 }',
    'service: { type: ExternalName }',
    'service: { nodePort: 99999 }',
    'persistence: { type: nfs }',
    'persistence: { size: 100 GiB }',
    'tls: { source: magic }',
    'image: { digest: latest }',
    'nodeMirror: { server: 10.0.0.5 }',
    'nodeMirror: { server: http://10.0.0.5/path }',
    'nodeMirror: { interval: 60 }',
    'admission: { failurePolicy: Maybe }',
    'admission: { timeoutSeconds: 31 }',
    'admission: { validation: { default: Perhaps } }',
    'existingSecrets: [""]',
    'secretFiles: { a/b: x }',
    'nonsense: true',
  ])('the schema refuses: %s', (text) => {
    expect(type.safeParse(over(defaults, parse(text) as Values)).success).toBe(false);
  });

  test.each(['docs/kubernetes.md', 'charts/ociregistry/README.md'])('those of %s are some', (name) => {
    const text = readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
    const set = [...text.matchAll(/--set ([\w.]+)=|`([a-z]\w*\.\w+)=/gi)].map(
      (match) => match[1] ?? match[2],
    );
    expect(set.length).toBeGreaterThan(1);
    expect(set.filter((path) => path === undefined || !allowed(schema).includes(path))).toEqual([]);
    for (const [, block = ''] of text.matchAll(/^```yaml values\n(.*?)^```$/gms))
      expect(type.safeParse(over(defaults, parse(block) as Values)).error?.issues ?? []).toEqual([]);
  });

  test('the README has each, as it is and as it is described', () => {
    const text = read('values.yaml');
    const row = /^\| ([\w.]+) \| \w+ \| `(.*?)` \| (.+) \|$/gm;
    const rows = [...read('README.md').matchAll(row)].map(([, path = '', value = '', description = '']) => {
      expect([path, text.includes(`# -- ${description}\n`)]).toEqual([path, true]);
      return [path, value === 'nil' ? null : JSON.parse(value)] as const;
    });
    const at = (path: string): unknown =>
      path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), defaults);
    expect(rows).toEqual(paths(defaults, schema).map((path) => [path, at(path)]));
  });
});

describe('the chart', () => {
  const about = parse(read('Chart.yaml')) as Record<'version' | 'appVersion' | 'icon', string> & {
    annotations: Record<string, string>;
  };
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };

  test('it is of this version, with the image of this version', () => {
    expect([about.version, about.appVersion]).toEqual([version, version]);
    const [image] = parse(about.annotations['artifacthub.io/images'] ?? '') as [{ image: string }];
    expect(image.image).toBe(`${(defaults['image'] as { repository: string }).repository}:${version}`);
  });

  test('its icon is icon.svg', () => {
    expect(about.icon).toBe(`data:image/svg+xml;base64,${Buffer.from(read('icon.svg')).toString('base64')}`);
  });

  test('what it sets by itself are settings of the server, and people may not set them', () => {
    const helpers = read('templates/_helpers.tpl');
    const [, derived = ''] =
      /define "ociregistry.derivedSettings" -\}\}\n(.*?)\{\{- end \}\}\n\{\{- define/s.exec(helpers) ?? [];
    const [, own = ''] = /define "ociregistry.ownSettings" -\}\}\n(.*)\n/.exec(helpers) ?? [];
    const set = [...derived.matchAll(/^([a-z_]+):/gm)].map(([, key]) => key);
    expect(set.length).toBeGreaterThan(5);
    // `host` is every address by itself; another would cut off those whom the Service sends.
    expect([...set, 'host'].sort()).toEqual(own.split(' ').sort());
    expect(own.split(' ').filter((key) => !(key in settingShape))).toEqual([]);
  });
});
