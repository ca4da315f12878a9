// The dashboard and the alerts, with a real Prometheus that scrapes a real server while clients pull.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import { freePort } from './port.ts';
import { Prometheus } from './prometheus.ts';
import { runTool } from './tool.ts';

const monitoring = new URL('../../deploy/monitoring/', import.meta.url);
const alerts = fileURLToPath(new URL('alerts.yaml', monitoring));
const installed = spawnSync('prometheus', ['--version']).status === 0;

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** What Grafana puts in for the variables. */
function filledIn(expr: string): string {
  return expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
}

describe('with Prometheus', () => {
  beforeAll(() => {
    if (!installed) console.warn('there is no prometheus: the tests of dashboard and alerts are skipped');
  });

  test.skipIf(!installed)('promtool accepts the rules, and they fire when they should', async () => {
    await runTool('promtool', ['check', 'rules', alerts]);
    await runTool('promtool', ['test', 'rules', fileURLToPath(new URL('alerts.test.yaml', monitoring))]);
  });

  test.skipIf(!installed)(
    'every query of the dashboard returns data, and every rule is evaluated',
    async (context) => {
      const place = await openPlace(context);
      await using mock = await startMock({ rateLimit: { limit: 1_000_000 } });
      await using absent = await startMock();
      const port = await freePort();
      const target = `127.0.0.1:${port}`;
      const server = await OurServer.start(place, {
        registries: [mock.host],
        args: ['--metrics-port', String(port)],
      });
      const prometheus = await Prometheus.start(place, { target, rules: alerts });

      const get = async (path: string, host = mock.host): Promise<void> => {
        await (await fetch(`${server.url}/v2/${path}?ns=${host}`)).arrayBuffer();
      };
      let pulled = 0;
      /** One image from upstream, once more from the cache, and what there is not. */
      const pull = async (): Promise<void> => {
        const image = mock.addImage('app', `v${(pulled += 1)}`);
        for (let time = 0; time < 2; time += 1) {
          await get(`app/manifests/${image.tag ?? ''}`);
          for (const { digest } of image.blobs) await get(`app/blobs/${digest}`);
        }
        await get('app/manifests/absent', absent.host);
      };

      const { panels } = JSON.parse(
        await readFile(new URL('dashboard.json', monitoring), 'utf8'),
      ) as Dashboard;
      const queries = panels.flatMap(({ title, targets = [] }) =>
        targets.map(({ expr }) => ({ title, query: filledIn(expr) })),
      );
      expect(queries.length).toBeGreaterThan(30);
      const without = async (): Promise<readonly string[]> => {
        await pull();
        const results = await Promise.all(
          queries.map(async ({ title, query }) => ({ title, series: await prometheus.query(query) })),
        );
        return results
          .filter(({ series }) => series.every(({ value: [, value] }) => value === 'NaN'))
          .map(({ title }) => title);
      };
      await expect.poll(without, { timeout: 60_000, interval: 1000 }).toEqual([]);

      const sick = async () => (await prometheus.rules()).filter(({ health }) => health !== 'ok');
      await expect.poll(sick, { timeout: 60_000 }).toEqual([]);
      // An expression over a name that nobody exports is never an error, and never fires.
      const rules = await prometheus.rules();
      const names = new Set(
        rules.flatMap(({ query }) => query.match(/\b(?:ociregistry|nodejs|process)_\w+/g) ?? []),
      );
      expect(names.size).toBeGreaterThan(10);
      for (const name of names) expect(await prometheus.query(name), name).not.toEqual([]);
    },
  );
});
