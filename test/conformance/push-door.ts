// A door before a server that only serves: what is pushed through it goes to the upstream, all else to the server.
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { bytesContent } from '../../mock/index.ts';
import type { MockRegistry } from '../../mock/index.ts';
import { isDigest } from '../../src/oci/digest.ts';
import { isTag } from '../../src/oci/reference.ts';

export interface PushDoor extends AsyncDisposable {
  readonly url: string;
}

/**
 * Opens it on a port of its own. A blob's upload is a POST and one PUT; a reference under which nothing can be pushed is
 * the server's to refuse.
 * @param server its origin
 */
export async function openPushDoor(upstream: MockRegistry, server: string): Promise<PushDoor> {
  const door = createServer((request, response) => {
    answer(request, response, upstream, server).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        door.close(() => resolve());
        door.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: MockRegistry,
  server: string,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', server);
  const [, name = '', kind, last = ''] =
    /^\/v2\/(.+)\/(manifests|blobs\/uploads)\/([^/]*)$/.exec(pathname) ?? [];
  if (kind === 'blobs/uploads' && request.method === 'POST') {
    response.writeHead(202, { Location: `/v2/${name}/blobs/uploads/1` }).end();
  } else if (kind === 'blobs/uploads' && request.method === 'PUT') {
    const digest = searchParams.get('digest') ?? '';
    upstream.store.putBlob(name, digest, bytesContent(await buffer(request)));
    response.writeHead(201, { Location: `/v2/${name}/blobs/${digest}` }).end();
  } else if (kind === 'manifests' && request.method === 'PUT' && (isTag(last) || isDigest(last))) {
    const bytes = await buffer(request);
    const tag = isTag(last) ? last : undefined;
    upstream.addManifest(name, tag, bytes, request.headers['content-type'] ?? '');
    response.writeHead(201, { Location: pathname, ...subjectHeader(bytes) }).end();
  } else {
    await forward(request, response, server);
  }
}

/** "The registry MUST include the OCI-Subject header in the response", by which the suite knows of the referrers API. */
function subjectHeader(bytes: Buffer): Readonly<Record<string, string>> {
  const { subject } = JSON.parse(bytes.toString()) as { readonly subject?: { readonly digest: string } };
  return subject === undefined ? {} : { 'OCI-Subject': subject.digest };
}

async function forward(request: IncomingMessage, response: ServerResponse, server: string): Promise<void> {
  const { method, headers, url = '' } = request;
  const asked = ask(`${server}${url}`, { method, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).once('error', reject);
  });
  const [reply] = await Promise.all([answered, pipeline(request, asked)]);
  response.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
  await pipeline(reply, response);
}
