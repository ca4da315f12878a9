// The thread's end is not the server's: it is started again where it was, with what it was told last.
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { issue, makeCa } from '../../mock/certificates.ts';
import { defaultConfig } from '../config/config.ts';
import { silentLog } from '../log/log.ts';
import { AdmissionThread } from './admission-thread.ts';

/** Too little for the review below. */
const HEAP_MB = 24;

test('a review for which the memory of the thread is too small', async () => {
  const ca = await makeCa();
  const { imageValidation: validation } = defaultConfig;
  const start = {
    ...{ host: '127.0.0.1', port: 0, logLevel: 'error' as const },
    certificate: await issue(ca, { names: ['127.0.0.1'] }),
    policy: { validation },
  };
  const thread = await AdmissionThread.start(start, () => Promise.resolve([]), silentLog, HEAP_MB);
  const { url } = thread;
  const agent = new Agent({ connect: { ca: ca.cert }, pipelining: 0 });
  const ask = async (object: string): Promise<boolean> => {
    const { body } = await request(`${url}/validate-image`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'Content-Type': 'application/json' },
      body: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","operation":"CREATE","object":${object}}}`,
    });
    return ((await body.json()) as { response: { allowed: boolean } }).response.allowed;
  };
  const pod = '{"containers":[{"image":"nginx"}]}';
  expect(await ask(pod)).toBe(true);
  thread.change({ policy: { validation: { ...validation, default: 'deny' } } });
  await expect.poll(() => ask(pod)).toBe(false);
  await expect(ask('{"a":['.repeat(800_000) + pod + ']}'.repeat(800_000))).rejects.toThrow();
  await expect.poll(() => ask(pod).catch(() => 'not yet'), { timeout: 20_000 }).toBe(false);
  expect(thread.url).toBe(url);
  await agent.destroy();
  await thread.close(0);
});
