// Asks the server that runs on a directory, over its admin socket.
import { Agent } from 'undici';
import { createAdminClient } from '../../api/client.ts';
import type { AdminClient } from '../../api/client.ts';
import { adminSocketPath } from '../http/admin-socket.ts';

/** What openapi-fetch gives back: the body, or the errors of the specification's shape. */
interface Answered<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * Asks one thing.
 * @returns undefined when no server runs on the directory
 * @throws {Error} when one does and cannot be asked, or refuses
 */
export async function askServer<T>(
  imagePath: string,
  ask: (client: AdminClient) => Promise<Answered<T>>,
): Promise<T | undefined> {
  const socketPath = adminSocketPath(imagePath);
  if (socketPath === undefined) return undefined;
  const agent = new Agent({ connect: { socketPath } });
  try {
    const { data, error, response } = await ask(createAdminClient((request) => send(agent, request)));
    if (data === undefined) throw new Error(`the server answered ${response.status}${firstMessage(error)}`);
    return data;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    throw new Error(`this user may not use ${socketPath}; run it as the server's user or as root`, {
      cause: error,
    });
  } finally {
    await agent.close();
  }
}

async function send(agent: Agent, request: Request): Promise<Response> {
  const { origin, pathname, search } = new URL(request.url);
  const { statusCode, headers, body } = await agent.request({
    origin,
    path: pathname + search,
    method: 'GET',
  });
  const contentType = headers['content-type'];
  return new Response(await body.text(), {
    status: statusCode,
    headers: typeof contentType === 'string' ? { 'Content-Type': contentType } : {},
  });
}

function firstMessage(error: unknown): string {
  const { errors } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly errors?: readonly { readonly message?: unknown }[];
  };
  const message = errors?.[0]?.message;
  return typeof message === 'string' ? `: ${message}` : '';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
