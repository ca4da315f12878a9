// An upstream whose address drops packets, for real: nobody refuses, nothing answers.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { configFile } from './configured-server.ts';
import { FarNetwork, farAddress } from './far-network.ts';
import { serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';

const content = inject('content');
const { repository, tag, digest } = content.tool;
const registryHost = `${farAddress}:5000`;

test('an upstream that drops packets: a cached tag is served, at first and ever after', async (context) => {
  const place = await openPlace(context);
  const network = await FarNetwork.open(place);
  if (network === undefined) return context.skip('this process may not make network namespaces');

  const registryConfig = join(await place.directory('registry'), 'config.yml');
  const http = { addr: registryHost, secret: 'of these tests' };
  const storage = { filesystem: { rootdirectory: content.storage } };
  await writeFile(registryConfig, JSON.stringify({ version: 0.1, storage, http }));
  const registry = place.daemon(...network.on('far', 'docker-registry', 'serve', registryConfig), {
    env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' },
  });
  await registry.says(`listening on ${registryHost}`);

  const [program, ...first] = serverCommand();
  const config = await configFile(place, [{ name: registryHost, scheme: 'http' }]);
  const where = ['--host', '127.0.0.1', '--port', '8080', '--config-path', config];
  const images = ['--image-path', await place.directory('images'), '--log-level', 'info'];
  const server = place.daemon(...network.on('near', program, ...first, ...where, ...images));
  await server.says('\nready\n');

  const pull = async (reference = tag) => {
    const told = '\n%{http_code} %header{docker-content-digest} %header{warning} in %{time_total} s';
    const url = `http://127.0.0.1:8080/v2/${repository}/manifests/${reference}?ns=${registryHost}`;
    const args = ['--silent', '--show-error', '--head', '--write-out', told, url];
    const { stdout } = await place.run(...network.on('near', 'curl', ...args));
    return stdout.slice(stdout.lastIndexOf('\n') + 1);
  };
  const confirmed = new RegExp(`^200 ${digest}  in `);
  const stale = new RegExp(`^200 ${digest} 299 - ".+" in `);

  expect(await pull()).toMatch(confirmed);
  expect(await pull()).toMatch(confirmed);
  await network.drop();
  const pulls = async (): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (let n = 0; n < 5; n += 1) answers.push(await pull());
    for (const answer of answers) expect(answer).toMatch(stale);
    return answers;
  };
  const before = await pulls();
  // What was never pulled waits for its time limit, until as many have failed as open the breaker.
  const waited: string[] = [];
  await expect
    .poll(async () => waited[waited.push(await pull('none')) - 1], { timeout: 60_000 })
    .toMatch(/^503 /);
  expect(waited[0]).toMatch(/^50[34] /);
  const after = await pulls();
  const times = (answers: readonly string[]) =>
    answers.map((answer) => / in (\S+) s$/.exec(answer)?.[1]).join(', ');
  console.info(
    `a cached tag, its upstream black-holed: ${times(before)} s; the breaker open: ${times(after)} s`,
  );
  console.info(`a tag that is not cached: ${times(waited)} s`);

  await network.restore();
  await expect.poll(() => pull(), { timeout: 60_000, interval: 500 }).toMatch(confirmed);
});
