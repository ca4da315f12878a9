// Sends a reply by hand, byte by byte where need be, with everything that the script wants to go wrong.
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { readAll } from './content.ts';
import type { Exchange } from './exchange.ts';
import type { Cut, Fault } from './fault.ts';
import { Gate } from './gate.ts';
import type { MockBody, Reply } from './reply.ts';
import { bytesBody } from './reply.ts';
import type { Outcome } from './request-log.ts';
import { resetSocket } from './socket-reset.ts';

const CHUNK = 256 * 1024;
const TICK = 20;

/** Sends the reply and says how that ended. */
export async function send(exchange: Exchange, reply: Reply): Promise<Outcome> {
  const { entry, outgoing, fault } = exchange;
  if (outgoing.destroyed) return 'left';
  const body = reply.body && bentBody(reply.body, fault);
  entry.status = reply.status;
  outgoing.statusCode = reply.status;
  for (const [name, value] of Object.entries(bentHeaders(reply, body, fault))) {
    outgoing.setHeader(name, value);
  }
  if (fault.unknownLength === 'close') outgoing.useChunkedEncodingByDefault = false;
  if (body === undefined || entry.method === 'HEAD' || reply.status === 304) {
    outgoing.end();
  } else {
    outgoing.flushHeaders();
    const cut = await write(exchange, body);
    if (cut !== undefined) return cut;
    // A peer that was told of more bytes than there are waits for them, and one that was told of fewer takes the
    // rest for the next answer: either way this connection is of no more use.
    if ((fault.lengthError ?? 0) !== 0) return end(exchange, 'close');
    outgoing.end();
  }
  await exchange.gone;
  return outgoing.writableFinished ? 'complete' : 'left';
}

/** Ends the connection without, or in the middle of, an answer. */
export async function end(exchange: Exchange, how: Cut): Promise<Outcome> {
  if (exchange.socket.destroyed) return 'left';
  if (how === 'reset') await resetSocket(exchange.socket);
  else if (exchange.fault.unknownLength !== undefined && exchange.outgoing.headersSent)
    exchange.outgoing.end();
  else exchange.incoming.socket.end();
  return 'cut';
}

function bentBody(body: MockBody, fault: Fault): MockBody {
  const bytes = fault.gzip === true ? gzipSync(fault.bytes ?? readAll(body.content)) : fault.bytes;
  const bent = bytes === undefined ? body : bytesBody(bytes);
  return fault.shortenTo === undefined
    ? bent
    : { ...bent, end: Math.min(bent.end, bent.start + fault.shortenTo) };
}

function bentHeaders(
  reply: Reply,
  body: MockBody | undefined,
  fault: Fault,
): Record<string, string | string[]> {
  const headers = new Map<string, string | readonly string[] | null>();
  const set = (name: string, value: string | readonly string[] | null) =>
    headers.set(name.toLowerCase(), value);
  if (reply.status !== 304) {
    const length = (body === undefined ? 0 : body.end - body.start) + (fault.lengthError ?? 0);
    set('Content-Length', fault.unknownLength === undefined ? String(Math.max(length, 0)) : null);
  }
  for (const [name, value] of Object.entries(reply.headers)) set(name, value);
  if (fault.gzip === true) set('Content-Encoding', 'gzip');
  for (const [name, value] of Object.entries(fault.headers)) set(name, value);
  return Object.fromEntries(
    [...headers].flatMap(([name, value]) =>
      value === null ? [] : [[name, typeof value === 'string' ? value : [...value]]],
    ),
  );
}

/** Writes the body up to its end, or to the stop that ends it. */
async function write(exchange: Exchange, body: MockBody): Promise<Outcome | undefined> {
  const { fault, gone } = exchange;
  const { size } = body.content;
  const stops = fault.stops.map(({ at, what }) => ({ at: at < 0 ? size + at : at, what }));
  if (fault.resetEvery !== undefined && body.start + fault.resetEvery < body.end) {
    stops.push({ at: body.start + fault.resetEvery, what: 'reset' });
  }
  let at = body.start;
  for (const stop of stops.sort((a, b) => a.at - b.at)) {
    if (stop.at < body.start || stop.at > body.end) continue;
    if (!(await writePart(exchange, body, at, stop.at))) return 'left';
    at = stop.at;
    if (!(stop.what instanceof Gate)) return end(exchange, stop.what);
    await stop.what.pass(gone);
  }
  return (await writePart(exchange, body, at, body.end)) ? undefined : 'left';
}

/** Resolves, with whether the client is still there, when the kernel has taken every byte. */
async function writePart(
  exchange: Exchange,
  { content }: MockBody,
  from: number,
  to: number,
): Promise<boolean> {
  const { entry, outgoing, fault, gone } = exchange;
  const rate = fault.bytesPerSecond;
  const size = rate === undefined ? CHUNK : Math.max(Math.floor((rate * TICK) / 1000), 1);
  for (let at = from; at < to;) {
    const chunk = flipped(content.slice(at, Math.min(at + size, to)), at, content.size, fault.flips);
    await Promise.race([taken(exchange, chunk), gone]);
    if (outgoing.destroyed) return false;
    entry.bytesSent += chunk.length;
    at += chunk.length;
    if (rate !== undefined) await sleep((chunk.length / rate) * 1000);
  }
  return !outgoing.destroyed;
}

function taken({ outgoing }: Exchange, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    outgoing.write(chunk, () => {
      resolve();
    });
  });
}

function flipped(chunk: Uint8Array, at: number, size: number, flips: readonly number[]): Uint8Array {
  const inside = flips
    .map((offset) => (offset < 0 ? size + offset : offset) - at)
    .filter((offset) => offset >= 0 && offset < chunk.length);
  if (inside.length === 0) return chunk;
  const copy = Buffer.from(chunk);
  for (const offset of inside) copy[offset] = (copy[offset] ?? 0) ^ 0xff;
  return copy;
}
