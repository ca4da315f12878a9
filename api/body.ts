// Reads a request's body as the route table describes it.
import { z } from 'zod';
import { OciError } from '../src/oci/errors.ts';
import type { RouteBody } from './contract.ts';

/** Where a body comes from; Node's incoming message in production. */
export interface BodySource {
  readonly contentType: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Prepares the reader of one operation's body. JSON is read whole and checked by the contract's own schema; what is
 * not JSON is given as it comes, at the pace of whoever reads it.
 * @throws {OciError} (the reader) 400, 413 or 415
 */
export function bodyReader(body: RouteBody): (source: BodySource) => Promise<unknown> {
  const { contentType, schema, maxBytes = 0 } = body;
  const check = schema === undefined ? undefined : checker(schema);
  return async (source) => {
    // A web page can send a form to any server, but not this, without being asked by the browser whether it may.
    if (source.contentType?.split(';', 1)[0]?.trim().toLowerCase() !== contentType) {
      throw new OciError('UNSUPPORTED', `the body must be ${contentType}`, { status: 415 });
    }
    return check === undefined ? source.bytes : check(parsed(await readWhole(source.bytes, maxBytes)));
  };
}

function checker(schema: object): (value: unknown) => unknown {
  const type = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  return (value) => {
    const { data, error } = type.safeParse(value);
    if (error === undefined) return data;
    const [issue] = error.issues;
    const place = issue?.path.join('.') ?? '';
    throw mistaken(`${place === '' ? '' : `${place}: `}${issue?.message ?? 'it is not what is expected'}`);
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw mistaken('it is no JSON', cause);
  }
}

async function readWhole(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new OciError('SIZE_INVALID', `the body is longer than ${maxBytes} bytes`, { status: 413 });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function mistaken(what: string, cause?: unknown): OciError {
  return new OciError('UNSUPPORTED', `the body: ${what}`, { status: 400, cause });
}
