import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { formatImageName } from '../oci/image-name.ts';
import { wantedImages } from './wanted-images.ts';

const directory = mkdtempSync(join(tmpdir(), 'wanted-images-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('images of all sources, each once, and every mistake with its place', async () => {
  const list = file('list.txt', 'nginx\n# a comment\nredis:7\nNot An Image\n\nhttps://a.test/b\n');
  const pod = file(
    'pod.yaml',
    'kind: Pod\nspec: { containers: [{ image: nginx }, { image: ghcr.io/a/b:1.10 }] }\n',
  );
  const service = file('service.yaml', 'kind: Service\nspec: { ports: [] }\n');
  const absent = join(directory, 'absent');
  const { images, mistakes } = await wantedImages(
    {
      references: ['nginx:latest', 'UPPER'],
      files: [list, '-', absent, pod, service, directory],
    },
    () => Readable.from(['busybox\n']),
  );
  expect(images.map(({ image }) => formatImageName(image))).toEqual([
    'docker.io/library/nginx:latest',
    'docker.io/library/redis:7',
    'docker.io/library/busybox:latest',
    'ghcr.io/a/b:1.10',
  ]);
  expect(mistakes.map(({ origin }) => origin)).toEqual([
    'UPPER',
    `${list}:4`,
    `${list}:6`,
    absent,
    directory,
  ]);
  expect(mistakes.slice(3).map(({ message }) => message)).toEqual([
    'there is no such file',
    `this is a directory; name its files, as in ${directory}/*.yaml`,
  ]);
});
