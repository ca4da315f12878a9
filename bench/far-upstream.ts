// An upstream that is far away, as a program: `far-upstream.ts PORT ROOT BYTES-A-SECOND MILLISECONDS`. Each answer waits, each
// connection has a line of its own. `/gets` tells how often a blob was got since it was last asked.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [port = '0', root = '.', rate = '50e6', latency = '20'] = process.argv.slice(2);
const PIECE = 16 * 1024;
const held = new Map<string, Buffer>();
let gets = 0;

createServer((request, response) => {
  const { method = 'GET', url = '/' } = request;
  if (url === '/gets') {
    response.end(String(gets));
    gets = 0;
  } else void answer(method, url.replace(/\?.*/, ''), response);
}).listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });

async function answer(method: string, path: string, response: ServerResponse): Promise<void> {
  await delay(Number(latency));
  const body = path === '/v2/' ? Buffer.from('{}') : await read(path);
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': typeOf(path), 'Content-Length': body.length });
  if (method === 'HEAD') response.end();
  else {
    if (path.includes('/blobs/')) gets += 1;
    await trickle(body, response);
  }
}

const typeOf = (path: string): string =>
  path.includes('/manifests/') ? 'application/vnd.oci.image.manifest.v1+json' : 'application/octet-stream';

async function read(path: string): Promise<Buffer | undefined> {
  const body = held.get(path) ?? (await readFile(join(root, path)).catch(() => undefined));
  if (body !== undefined) held.set(path, body);
  return body;
}

async function trickle(body: Buffer, response: ServerResponse): Promise<void> {
  const start = performance.now();
  let sent = 0;
  while (sent < body.length && !response.destroyed) {
    const due = Math.min(
      body.length,
      PIECE + Math.floor(((performance.now() - start) / 1000) * Number(rate)),
    );
    if (due > sent) response.write(body.subarray(sent, due));
    sent = due;
    await delay(1);
  }
  response.end();
}
