import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Random } from '../../mock/random.ts';
import { ReceiveBuffers } from './receive-buffers.ts';
import { systemTrust } from './tls.ts';
import { createTransport } from './transport.ts';

const MIB = 1024 * 1024;
const seed = Math.floor(Math.random() * 2 ** 32);

async function listening(serve: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => serve(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Reads a socket as undici does: what has come, as often as there is something. */
async function eachChunk(
  port: number,
  buffers: ReceiveBuffers,
  take: (chunk: Buffer) => void,
): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', onread: buffers.onread });
  socket.write('what have you got?');
  socket.on('readable', () => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      take(chunk);
    }
  });
  await once(socket, 'end');
}

describe(`what is received, seed ${seed}`, () => {
  test('stays as it was until it is let go of, on many connections at once', async () => {
    const random = new Random(seed);
    const bodies = Array.from({ length: 6 }, () => random.bytes(3 * MIB));
    let next = 0;
    const port = await listening((socket) => socket.end(bodies[next++] ?? Buffer.alloc(0)));
    const buffers = new ReceiveBuffers();
    const received = await Promise.all(
      bodies.map(async () => {
        const held: { chunk: Buffer; copy: Buffer }[] = [];
        const copies: Buffer[] = [];
        const check = (): void => {
          for (const { chunk, copy } of held) expect(chunk.equals(copy)).toBe(true);
        };
        await eachChunk(port, buffers, (chunk) => {
          const copy = Buffer.from(chunk);
          copies.push(copy);
          held.push({ chunk, copy });
          if (held.length < 8) return;
          check();
          for (const { chunk: done } of held.splice(0, random.below(8))) buffers.release(done);
        });
        check();
        return Buffer.concat(copies);
      }),
    );
    const sorted = (all: readonly Buffer[]): readonly Buffer[] => [...all].sort((a, b) => a.compare(b));
    expect(sorted(received).map((body, index) => body.equals(sorted(bodies)[index] ?? body))).toEqual(
      bodies.map(() => true),
    );
  });

  test('is received into the same memory when it was let go of, and into other where not', async () => {
    const body = new Random(seed).bytes(16 * MIB);
    const port = await listening((socket) => socket.end(body));
    const memoryOf = async (letGo: boolean): Promise<number> => {
      const buffers = new ReceiveBuffers();
      const memory = new Set<ArrayBufferLike>();
      await eachChunk(port, buffers, (chunk) => {
        memory.add(chunk.buffer);
        if (letGo) buffers.release(chunk);
      });
      return memory.size * 256 * 1024;
    };
    expect(await memoryOf(true)).toBeLessThan(2 * MIB);
    expect(await memoryOf(false)).toBeGreaterThanOrEqual(16 * MIB);
  });
});

describe('a body', () => {
  function get(port: number) {
    const host = `127.0.0.1:${port}`;
    const trust = systemTrust();
    const transport = createTransport({
      ownHost: host,
      isConfiguredHost: () => true,
      trust: () => trust,
      connectMs: 5000,
      headersMs: 5000,
      noProgressMs: 5000,
      buffers: new ReceiveBuffers(),
    });
    onTestFinished(() => transport.close());
    return transport.send({ method: 'GET', url: new URL(`http://${host}/`), headers: {} }, 'blobs');
  }

  test('in a hundred thousand pieces of a byte comes whole, in batches of bounded length', async () => {
    const body = new Random(seed).bytes(100_000);
    const port = await listening((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const pieces = [...body].flatMap((byte) => [
        Buffer.from('1\r\n'),
        Buffer.of(byte),
        Buffer.from('\r\n'),
      ]);
      socket.write(Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]));
    });
    const reply = await get(port);
    const copies: Buffer[] = [];
    let longest = 0;
    for (let batch = await reply.body.batch(); batch !== undefined; batch = await reply.body.batch()) {
      longest = Math.max(longest, batch.length);
      copies.push(Buffer.concat(batch));
    }
    expect(Buffer.concat(copies).equals(body)).toBe(true);
    expect(longest).toBeLessThanOrEqual(1024);
  });

  test('that breaks off is handed over as far as it came, and then fails', async () => {
    const body = new Random(seed).bytes(3 * MIB);
    const port = await listening((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length + 1}\r\n\r\n`);
      socket.write(body, () => socket.destroySoon());
    });
    const reply = await get(port);
    const copies: Buffer[] = [];
    const reading = async (): Promise<void> => {
      for (let batch = await reply.body.batch(); batch !== undefined; batch = await reply.body.batch())
        copies.push(Buffer.concat(batch));
    };
    await expect(reading()).rejects.toMatchObject({ name: 'UpstreamError', failure: 'broken' });
    expect(Buffer.concat(copies).equals(body)).toBe(true);
  });
});
