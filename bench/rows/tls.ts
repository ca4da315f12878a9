// Rows over TLS, where the kernel cannot send files by itself.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Content, blobPath, manifestPath } from '../content.ts';
import type { Image } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Certificate } from '../contestants/contestant.ts';
import { startNginx, startUpstream } from '../contestants/nginx.ts';
import { startOurs } from '../contestants/our-server.ts';
import { ours } from '../goal.ts';
import type { Bench, Row } from '../row.ts';
import { wrk } from '../wrk.ts';
import { largeBlob, names, pullAll, urlOf } from './field.ts';

export const overTls: readonly Row[] = [
  overTlsRow('tls-manifest', 'manifest by digest over TLS, warm', 64, manifestPath),
  overTlsRow('tls-blob', 'blob of 64 MiB over TLS, 8 clients, warm', 8, (image) =>
    blobPath(image, largeBlob),
  ),
];

function overTlsRow(name: string, what: string, connections: number, path: (image: Image) => string): Row {
  return {
    name,
    what,
    how: `wrk -t1 -c${connections} https://…`,
    goals: [],
    open: async (bench) => {
      const content = new Content(join(bench.directory, 'www'));
      const image = await content.image('app', 'v1', [1024, bench.scale.largeBlob]);
      await startUpstream(bench, content.root);
      const tls = await certificate(bench);
      const imagePath = join(bench.directory, 'images');
      {
        // Filled over plain HTTP; then it serves the same directory.
        await using filling = new AsyncDisposableStack();
        const { profile: _, ...unprofiled } = bench;
        await pullAll(await startOurs({ ...unprofiled, stack: filling }, { imagePath }), image);
      }
      const contestants = {
        [ours]: await startOurs(bench, { port: ports.ours, imagePath, tls }),
        ...(bench.profile === undefined && { [names.nginx]: await startNginx(bench, content.root, tls) }),
      };
      return Object.fromEntries(
        Object.entries(contestants).map(([who, contestant]) => [
          who,
          () =>
            contestant.program.during(() =>
              wrk({
                url: urlOf(contestant, path(image), 'https'),
                connections,
                seconds: bench.scale.seconds,
              }),
            ),
        ]),
      );
    },
  };
}

async function certificate({ directory }: Bench): Promise<Certificate> {
  const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert]);
  return { cert, key };
}
