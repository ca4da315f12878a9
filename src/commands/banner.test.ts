import { expect, test } from 'vitest';
import { defaultConfig, defaultRegistryEntry } from '../config/config.ts';
import { parseImageRule } from '../oci/image-rule.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { banner } from './banner.ts';
import { versionLine } from './version.ts';

const files = { cert: '/c', key: '/k', ca: '/a' };

test('with nothing configured', () => {
  const running = {
    urls: ['http://localhost:8080'],
    adminSocket: '/var/lib/ociregistry/admin.sock',
    adminUrl: undefined,
    admissionUrl: undefined,
    metricsUrl: undefined,
    healthUrl: undefined,
    manifestCount: 1,
  };
  expect(banner(defaultConfig, running, '0:0')).toBe(`${versionLine()}
listening on  http://localhost:8080
admin socket  /var/lib/ociregistry/admin.sock
running as    0:0
image path    /var/lib/ociregistry (1 manifest cached)
registries    none configured: any, anonymously, over verified HTTPS
air-gapped    no
ready
`);
});

test('with registries, of which no password shows', () => {
  const config = {
    ...defaultConfig,
    airGapped: true,
    imageValidation: {
      ...defaultConfig.imageValidation,
      default: 'cached' as const,
      mode: 'warn' as const,
      deny: [parseImageRule('quay.io')],
    },
    registries: [
      { ...defaultRegistryEntry(parseRegistryHost('ghcr.io')), auth: { user: 'u', password: 'hunter2' } },
      { ...defaultRegistryEntry(parseRegistryHost('a.test:5000')), scheme: 'http' as const },
    ],
  };
  const running = {
    urls: ['http://[::1]:80', 'http://127.0.0.1:80'],
    adminSocket: undefined,
    adminUrl: 'http://127.0.0.1:9200',
    admissionUrl: 'https://127.0.0.1:9300',
    metricsUrl: 'http://127.0.0.1:9100/metrics',
    healthUrl: 'http://localhost:9300/readyz',
    manifestCount: 12,
  };
  expect(banner(config, running, '1000:100')).toBe(`${versionLine()}
listening on  http://[::1]:80, http://127.0.0.1:80
clients       anybody, also what is private: ghcr.io (htpasswd_file or server_tls.client_auth closes that)
admin socket  none
admin API     http://127.0.0.1:9200 (with its token)
admission     https://127.0.0.1:9300/validate-image (1 rule, else cached; it only warns)
metrics       http://127.0.0.1:9100/metrics
health        http://localhost:9300/readyz
running as    1000:100
image path    /var/lib/ociregistry (12 manifests cached)
registries    2 configured: ghcr.io, http://a.test:5000
air-gapped    yes
ready
`);
});

test.each([
  ['a password', { htpasswdFile: '/p' }, 'a password'],
  ['a certificate', { serverTls: { ...files, clientAuth: 'verify' as const } }, 'a certificate'],
  [
    'both',
    { htpasswdFile: '/p', serverTls: { ...files, clientAuth: 'verify' as const } },
    'a certificate and a password',
  ],
  [
    'a password over TLS',
    { htpasswdFile: '/p', serverTls: { ...files, clientAuth: 'none' as const } },
    'a password',
  ],
])('who needs %s to pull', (_, changes, text) => {
  const running = {
    urls: ['https://localhost:8080'],
    adminSocket: undefined,
    adminUrl: undefined,
    metricsUrl: undefined,
    healthUrl: undefined,
    admissionUrl: undefined,
    manifestCount: 0,
  };
  expect(banner({ ...defaultConfig, ...changes }, running, '0:0')).toContain(
    `listening on  https://localhost:8080\nclients       only with ${text}\n`,
  );
});
