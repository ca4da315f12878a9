// Where admission listens: what is there, whose certificate is shown, and why it does not start.
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import type { Ca } from '../mock/certificates.ts';
import type { Config } from '../src/config/config.ts';
import { openAdmission, openPki } from './admitting.ts';
import { openFrontDoor } from './front-door.ts';

test('nothing else is there, and it is healthy', async () => {
  await using admission = await openAdmission({});
  const agent = new Agent({ connect: { ca: admission.ca.cert } });
  const get = async (path: string): Promise<number> => {
    const { statusCode, body } = await request(`${admission.door.admissionUrl}${path}`, {
      dispatcher: agent,
    });
    await body.dump();
    return statusCode;
  };
  expect([
    await get('/healthz'),
    await get('/v2/'),
    await get('/metrics'),
    await get('/validate-image'),
  ]).toEqual([200, 404, 404, 405]);
  await agent.destroy();
});

test('a certificate that is put in the place of another', async () => {
  await using pki = await openPki();
  const rotated = await pki.certificate('rotated');
  await using admission = await openAdmission({}, { admissionTls: rotated });
  const shown = (): Promise<string> => shownSerial(admission.door.admissionUrl, pki.ca);
  const before = await shown();
  const next = await pki.certificate('next');
  // Half of it is none: the old one stays.
  await rename(next.cert, rotated.cert);
  await rename(next.key, rotated.key);
  await expect.poll(shown, { timeout: 20_000 }).not.toBe(before);
});

test.each<[name: string, config: Partial<Config>, message: RegExp]>([
  ['no certificate', {}, /admission_port: needs admission_tls/],
  [
    'no file',
    { admissionTls: { cert: '/nowhere', key: '/nowhere' } },
    /admission_tls\.cert \/nowhere: the file does not exist/,
  ],
])('%s: no server', async (_, config, message) => {
  await expect(
    openFrontDoor({ config: { admissionHost: '127.0.0.1', admissionPort: 0, ...config } }),
  ).rejects.toThrow(message);
});

test('a key of another certificate: no server', async () => {
  await using pki = await openPki();
  const [one, other] = [await pki.certificate('one'), await pki.certificate('other')];
  const admissionTls = { cert: one.cert, key: other.key };
  await expect(openFrontDoor({ config: { admissionPort: 0, admissionTls } })).rejects.toThrow(
    /is not the key of/,
  );
});

test('a port that somebody has: no server, and which one it is', async () => {
  await using admission = await openAdmission({});
  const port = Number(new URL(admission.door.admissionUrl).port);
  await using pki = await openPki();
  const admissionTls = await pki.certificate('second');
  const config = { admissionHost: '127.0.0.1', admissionPort: port, admissionTls };
  await expect(openFrontDoor({ config })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
});

/** Of the certificate that a new connection is shown. */
async function shownSerial(url: string, ca: Ca): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca: ca.cert });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
