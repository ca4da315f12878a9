// Debian's Prometheus, scraping every second what it is told to.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';
import { freePort } from './port.ts';

interface Answered<Data> {
  readonly status: 'success' | 'error';
  readonly data?: Data;
  readonly error?: string;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since the epoch, and the value as text. */
  readonly value: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly query: string;
  /** `ok` once it has been evaluated without an error. */
  readonly health: string;
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly lastError?: string;
}

export interface PrometheusOptions {
  /** `host:port` */
  readonly target: string;
  readonly rules: string;
}

export class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async start(place: Place, { target, rules }: PrometheusOptions): Promise<Prometheus> {
    const directory = await place.directory('prometheus');
    const config = join(directory, 'prometheus.yml');
    // JSON is a YAML, and needs no quoting of our own.
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [rules],
        scrape_configs: [{ job_name: 'ociregistry', static_configs: [{ targets: [target] }] }],
      }),
    );
    const port = await freePort();
    const daemon = place.daemon('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    await daemon.says('Server is ready to receive web requests');
    return new Prometheus(`http://127.0.0.1:${port}`);
  }

  /** @throws {Error} with what Prometheus says of the query */
  async query(query: string): Promise<readonly Series[]> {
    const { result } = await this.#ask<{ readonly result: readonly Series[] }>(
      `query?${new URLSearchParams({ query }).toString()}`,
    );
    return result;
  }

  async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.#ask<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
      'rules',
    );
    return groups.flatMap(({ rules }) => rules);
  }

  async #ask<Data>(path: string): Promise<Data> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const { data, error = '' } = (await answer.json()) as Answered<Data>;
    if (data === undefined) throw new Error(`${path}: ${error}`);
    return data;
  }
}
