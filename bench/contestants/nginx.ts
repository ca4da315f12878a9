// nginx: a file server for the content, an upstream that says how often it was asked, a cache with a lock.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../program.ts';
import type { Core } from '../program.ts';
import type { Bench } from '../row.ts';
import { ports } from './contestant.ts';
import type { Certificate, Contestant } from './contestant.ts';

interface NginxOptions {
  readonly port: number;
  readonly core: Core;
  readonly server: string;
  readonly http?: string;
  readonly tls?: Certificate;
}

/** Serves the files of a directory, as fast as files are served. */
export function startNginx(bench: Bench, root: string, tls?: Certificate): Promise<Contestant> {
  const server = `${files(root)} access_log off;`;
  return start(bench, { port: ports.nginx, core: 0, server, ...(tls && { tls }) });
}

/** Fetches what it does not have from `upstream`, once for all who want it. */
export function startNginxCache(bench: Bench, upstream: number): Promise<Contestant> {
  const cache = join(bench.directory, 'nginx-cache');
  return start(bench, {
    port: ports.nginx,
    core: 0,
    http: `proxy_cache_path ${cache} keys_zone=all:1m max_size=10g use_temp_path=off;`,
    server: `access_log off; location / { proxy_pass http://127.0.0.1:${upstream}; proxy_cache all;
      proxy_cache_lock on; proxy_cache_valid 200 1h; proxy_max_temp_file_size 10240m; }`,
  });
}

/** An upstream for those who are measured, on the clients' core. */
export interface Upstream {
  /** How many GETs of blobs it has seen since it was last asked. */
  readonly blobGets: () => Promise<number>;
}

export async function startUpstream(bench: Bench, root: string): Promise<Upstream> {
  const seen = join(bench.directory, 'upstream-requests');
  const http = `log_format request '$request_method $uri';`;
  await start(bench, {
    port: ports.upstream,
    core: 1,
    http,
    server: `${files(root)} access_log ${seen} request;`,
  });
  return {
    blobGets: async () => {
      const lines = (await readFile(seen, 'utf8')).split('\n');
      await writeFile(seen, '');
      return lines.filter((line) => line.startsWith('GET ') && line.includes('/blobs/')).length;
    },
  };
}

const files = (root: string): string => `root ${root}; default_type application/octet-stream;
  location ~ /manifests/ { default_type application/vnd.oci.image.manifest.v1+json; }
  location = /v2/ { return 200 '{}'; }`;

async function start(
  bench: Bench,
  { port, core, http = '', server, tls }: NginxOptions,
): Promise<Contestant> {
  const home = join(bench.directory, `nginx-${port}`);
  await mkdir(home, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${join(home, what)};`,
  );
  const ssl = tls && `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  const config = join(home, 'nginx.conf');
  // One process, so that its memory and CPU are read where everybody's are.
  await writeFile(
    config,
    `daemon off; master_process off; pid ${join(home, 'pid')}; error_log stderr crit;
events { worker_connections 20000; }
http {
  ${temporary.join(' ')}
  sendfile on; tcp_nopush on; keepalive_requests 1000000000; types { } ${http}
  server { listen 127.0.0.1:${port}${tls ? ' ssl' : ''} backlog=4096; ${ssl ?? ''} ${server} }
}
`,
  );
  const program = new Program(core, ['nginx', '-p', home, '-e', 'stderr', '-c', config]);
  bench.stack.use(program);
  await program.listening(port);
  return { program, port, query: '' };
}
