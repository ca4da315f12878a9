// The unit under a real systemd: installed, sandboxed, watched, upgraded, removed.
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { curl, curlToFile } from './curl.ts';
import { sha256OfFile } from './digest.ts';
import { openPlace } from './place.ts';
import { freePort } from './port.ts';
import { SystemdMachine } from './systemd-machine.ts';

const deploy = resolve(import.meta.dirname, '../../deploy/systemd');
const service = 'ociregistry.service';
const unit = `/etc/systemd/system/${service}`;
const patience = { timeout: 30_000 };

test('installed, it serves from its sandbox, comes back, is upgraded, and goes', async (context) => {
  const place = await openPlace(context);
  const machine = await SystemdMachine.boot(place);
  if (machine === undefined) return context.skip('this process may not boot a systemd');
  context.onTestFinished(() => machine.powerOff());
  await using mock = await startMock();
  const blob = mock.addBlob('team/app', { size: 3 * 1024 * 1024 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = `log_level: info\nhost: 127.0.0.1\nport: ${port}\nregistries: [{ name: "${mock.host}", scheme: http }]\n`;
  const read = async (path: string): Promise<string> => (await machine.run('cat', [path])).stdout;
  const answers = async (): Promise<number> =>
    (await curl(place, `${url}/v2/`).catch(() => ({ status: 0 }))).status;
  const pull = async (): Promise<string> => {
    const file = join(await place.directory('curl'), 'blob');
    await curlToFile(place, `${url}/v2/team/app/blobs/${blob.digest}?ns=${mock.host}`, file);
    return sha256OfFile(file);
  };

  const drop = '[Service]\nWatchdogSec=3\nStandardError=append:/var/lib/log-of-the-test\n';
  await machine.run('sh', [
    '-ec',
    'mkdir -p /etc/ociregistry "$1"; printf %s "$2" > /etc/ociregistry/ociregistry.yaml; printf %s "$3" > "$1/test.conf"',
    'sh',
    `${unit}.d`,
    own,
    drop,
  ]);
  const install = (...args: string[]) => machine.run(join(deploy, 'install.sh'), args);
  await install();
  const verify = await machine.run('systemd-analyze', ['verify', '--man=no', unit]);
  expect(verify.stderr).not.toContain(service);
  // Of a hundred; 16 when this was written.
  await machine.run('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit]);
  // It returns when the server is ready, and not before.
  expect(await answers()).toBe(200);
  expect(await machine.property(service, 'StatusText')).toBe(`listening on ${url}`);
  expect([await pull(), await pull()]).toEqual([blob.digest, blob.digest]);

  const main = (): Promise<string> => machine.property(service, 'MainPID');
  const status = await read(`/proc/${await main()}/status`);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(status).toMatch(/^Seccomp:\s+2$/m);
  expect(status).toMatch(/^CapBnd:\s+0+$/m);
  expect(status).not.toMatch(/^[UG]id:.*\b0\b/m);
  const log = await read('/var/lib/log-of-the-test');
  expect(log).toContain('team/app');
  // Its system calls are allowed.
  expect(log).not.toContain('without sendfile');

  await machine.run('systemctl', ['reload', service]);
  await expect
    .poll(() => read('/var/lib/log-of-the-test'), patience)
    .toContain('reloading the configuration');

  // It hangs: no answer, and no word to the watchdog.
  const hung = await main();
  await machine.run('kill', ['-STOP', hung]);
  await expect.poll(main, patience).not.toBe(hung);
  await expect.poll(answers, patience).toBe(200);
  expect(Number(await machine.property(service, 'NRestarts'))).toBeGreaterThan(0);

  await install();
  expect(await read('/etc/ociregistry/ociregistry.yaml')).toBe(own);
  await mock.stop();
  expect(await pull()).toBe(blob.digest);

  await machine.run('/usr/local/bin/ociregistry', ['stop']);
  await expect.poll(() => machine.property(service, 'ActiveState'), patience).toBe('inactive');
  expect(await machine.property(service, 'Result')).toBe('success');

  await machine.run('systemctl', ['start', service]);
  for (const _ of ['once', 'again']) await install('--undo');
  expect(await answers()).toBe(0);
  expect(await machine.property(service, 'LoadState')).not.toBe('loaded');
  expect(await read('/etc/ociregistry/ociregistry.yaml')).toBe(own);
  await machine.run('ls', [`/var/lib/ociregistry/blobs/${blob.digest.slice('sha256:'.length)}`]);
});
