// A real nginx in front, configured as docs/exposure.md says: images come whole, ranges too, and nothing is buffered.
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { sha256 } from './digest.ts';
import { DockerRegistry } from './docker-registry.ts';
import { everyDigest } from './image-tree.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { freePort } from './port.ts';
import { skopeoOfAll } from './skopeo.ts';

const content = inject('content');
const installed = spawnSync('nginx', ['-v']).status === 0;
const MIB = 1024 * 1024;

interface Proxy {
  readonly port: number;
  /** Where it would put what it buffers. */
  readonly buffers: string;
}

async function startNginx(place: Place, server: OurServer): Promise<Proxy> {
  const page = await readFile(new URL('../../docs/exposure.md', import.meta.url), 'utf8');
  const [, block] = /^```nginx\n(.*?)^```$/ms.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/exposure.md has no configuration of nginx');
  const port = await freePort();
  const directory = await place.directory('nginx');
  const buffers = join(directory, 'proxy');
  const here = block
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('http://127.0.0.1:8080', server.url);
  const others = ['client_body', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const config = join(directory, 'nginx.conf');
  await writeFile(
    config,
    `pid ${join(directory, 'pid')};\nerror_log stderr notice;\nevents {}\nhttp {\naccess_log off;\n` +
      `proxy_temp_path ${buffers};\n${others.join('\n')}\n${here}}\n`,
  );
  const daemon = place.daemon('nginx', [
    '-g',
    'daemon off; master_process off;',
    '-c',
    config,
    '-p',
    directory,
  ]);
  await daemon.says('getrlimit');
  return { port, buffers };
}

test.skipIf(!installed)('through nginx as documented', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, content.storage);
  await using mock = await startMock();
  const server = await OurServer.start(place, { registries: [registry.host, mock.host] });
  const proxy = await startNginx(place, server);

  const mirror = { registry: registry.host, server: `127.0.0.1:${proxy.port}` };
  expect(await skopeoOfAll.pull(place, mirror, content.app, content)).toEqual(everyDigest(content.app));

  const large = mock.addBlob('large', { size: 64 * MIB });
  const url = `http://127.0.0.1:${proxy.port}/v2/large/blobs/${large.digest}?ns=${mock.host}`;
  const whole = await fetch(url);
  expect(sha256(Buffer.from(await whole.arrayBuffer()))).toBe(large.digest);
  const range = await fetch(url, { headers: { Range: `bytes=${60 * MIB}-` } });
  const rest = Buffer.from(await range.arrayBuffer());
  expect([range.status, rest.equals(large.bytes().subarray(60 * MIB))]).toEqual([206, true]);
  expect(await readdir(proxy.buffers, { recursive: true })).toEqual([]);
});
