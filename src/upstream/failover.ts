// Failover: the endpoints of a registry are asked in order until one answers, and if none does, the failure is told
// that says most.
import { UpstreamError } from './errors.ts';

/**
 * Asks one after the other. Any failure goes on to the next, also 401, 403 and 404: a mirror may not be allowed to
 * have what the next one has. A request that was called off does not.
 * @throws {UpstreamError} the most telling of the failures
 */
export async function firstOf<E, T>(
  endpoints: readonly E[],
  ask: (endpoint: E) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const failures: UpstreamError[] = [];
  for (const endpoint of endpoints) {
    try {
      return await ask(endpoint);
    } catch (error) {
      if (!(error instanceof UpstreamError) || signal?.aborted === true) throw error;
      failures.push(error);
    }
  }
  throw mostTelling(failures);
}

/**
 * Which failure to tell, of those of all endpoints. One that may pass comes first: as long as somebody who may have
 * the content was not heard, nobody can say that it is absent or denied, and what is cached should stand in. Of
 * endpoints that were all heard, a refusal (401, 403) says more than an absence, because the content may be behind
 * it; an absence (404) is only told when all agree; what cannot be used says least. Among equals the first is told,
 * of those that may pass the first that was really asked.
 */
export function mostTelling(failures: readonly UpstreamError[]): UpstreamError {
  const [told, ...others] = failures.toSorted((a, b) => weight(a) - weight(b));
  if (told === undefined) throw new Error('a registry without endpoints');
  if (others.length === 0) return told;
  const beside = others.map(({ url, reason }) => `${new URL(url).host}: ${reason}`).join('; ');
  const { failure, method, url, status, reason } = told;
  return new UpstreamError(failure, `${reason} [and ${beside}]`, {
    method,
    url: new URL(url),
    ...(status !== undefined && { status }),
    retryAfterMs: earliest(failures),
    cause: told,
  });
}

function weight(failure: UpstreamError): number {
  if (failure.failure === 'dark') return 1;
  if (failure.temporary) return 0;
  if (failure.status === 401 || failure.status === 403) return 2;
  if (failure.status === 404 || failure.status === 410) return 3;
  return 4;
}

function earliest(failures: readonly UpstreamError[]): number | undefined {
  const waits = failures.map(({ retryAfterMs }) => retryAfterMs).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
