// `config` on the command line: what it prints where, and its exit status.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { issue, makeCa } from '../../mock/certificates.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function config(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, 'config', ...args], { env }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}

describe('check', () => {
  test.each([
    ['none', '', '0 registries'],
    ['one', '- name: a.test', '1 registry'],
    ['three', 'port: 1\nregistries: [{ name: a.test }, { name: b.test }, { name: c.test }]', '3 registries'],
  ])('says what it read: %s', async (name, text, counted) => {
    const path = file(`${name}.yaml`, text);
    const stdout = `${path}: ${counted}, no mistakes\n`;
    expect(await config(['check', path])).toEqual({ status: 0, stdout, stderr: '' });
  });

  test('the certificate of admission', async () => {
    const pem = file('shown.pem', '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n');
    const path = file('admission.yaml', `admission_port: 1\nadmission_tls: { cert: ${pem}, key: ${pem} }\n`);
    const stderr = [
      `ociregistry: ${path}:2:24: admission_tls.cert a certificate in the file cannot be read\n`,
      `ociregistry: ${path}:2:59: admission_tls.key the file holds no private key that can be read without a passphrase\n`,
    ].join('');
    expect(await config(['check', path])).toEqual({ status: 1, stdout: '', stderr });
  });

  test('a port of admission without a certificate', async () => {
    const path = file('port.yaml', 'port: 1\nadmission_port: 2\n');
    const stderr = `ociregistry: ${path}:2:17: admission_port needs admission_tls, the certificate that the API server is shown\n`;
    expect(await config(['check', path])).toEqual({ status: 1, stdout: '', stderr });
  });

  test('all mistakes, also in the files that are named', async () => {
    const docker = file('docker.json', '{ "auths": hunter2 }');
    const pem = file('ca.pem', '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n');
    const secret = file('secret', '\n');
    const path = file(
      'bad.yaml',
      `imagePath: /x\nregistries:\n  - name: a.test\n    tls: { ca: ${pem} }\n    auth: { docker_config: ${docker} }\n  - name: a b\n  - name: c.test\n    auth:\n      user: u\n      password_file: ${secret}\n`,
    );
    const { status, stdout, stderr } = await config(['check', path]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toEqual(
      [
        ':1:1: unknown key imagePath: it is a key of the Go project, here it is image_path; `config convert` translates the file',
        ':6:11: registries[1].name "a b" is no registry host: write it in ASCII without blanks, international names in punycode',
        ':4:16: registries[0].tls.ca a certificate in the file cannot be read',
        ':5:28: registries[0].auth.docker_config the file is not JSON',
        ':10:22: registries[2].auth.password_file the file is empty',
      ].map((mistake) => `ociregistry: ${path}${mistake}`),
    );
  });

  test('the files of the server itself', async () => {
    const ca = await makeCa();
    const [ours, other] = [await issue(ca, { names: ['a.test'] }), await issue(ca, { names: ['b.test'] })];
    const cert = file('tls.crt', ours.cert);
    const users = file('htpasswd', 'ann:hunter2\n');
    const check = (key: string) => {
      const tls = `server_tls: { cert: ${cert}, key: ${file('tls.key', key)} }`;
      const path = file('server.yaml', `htpasswd_file: ${users}\n${tls}\n`);
      return config(['check', path]).then(({ stderr }) => stderr.replaceAll(path, ''));
    };
    const wrong =
      'ociregistry: :1:16: htpasswd_file line 1: the password is not one of bcrypt ($2y$…) and cannot be used; htpasswd -B makes those that can\n';
    expect(await check(ours.key)).toBe(wrong);
    expect(await check(other.key)).toMatch(
      /^ociregistry: :2:\d+: server_tls.key the key is not that of cert\n/,
    );
  });

  test('a file that is not there', async () => {
    const stderr = 'ociregistry: config file /no/file: the file does not exist\n';
    expect(await config(['check', '/no/file'])).toEqual({ status: 1, stdout: '', stderr });
  });
});

describe('show', () => {
  test('flags over environment over file, without secrets, and check accepts it', async () => {
    const path = file(
      'show.yaml',
      'port: 5\nhost: five.test\nregistries:\n  - name: a.test\n    auth: { user: u, password: canary-4711 }\n',
    );
    const env = { OCIREGISTRY_PORT: '7', OCIREGISTRY_CONFIG_PATH: path };
    const shown = await config(['show', '--log-level', 'info'], env);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).not.toContain('canary');
    for (const line of [
      'port: 7 # OCIREGISTRY_PORT',
      'log_level: info # --log-level',
      `host: five.test # ${path}:2:7`,
    ])
      expect(shown.stdout.split('\n')).toContain(line);
    expect(await config(['check', file('shown.yaml', shown.stdout)])).toMatchObject({ status: 0 });
  });

  test('flags before the verb count as well', async () => {
    const { stdout } = await new Promise<{ stdout: string }>((resolve) =>
      execFile(process.execPath, [main, '--port', '9', 'config', 'show'], { env: {} }, (_, stdout) =>
        resolve({ stdout }),
      ),
    );
    expect(stdout).toContain('port: 9 # --port\n');
  });
});

describe('convert', () => {
  test('prints our file', async () => {
    const path = file('go.yaml', 'logLevel: info\nregistries:\n- name: a.test\n  scheme: http\n');
    expect(await config(['convert', path])).toEqual({
      status: 0,
      stdout:
        '# Made from the configuration of the Go project by `config convert`.\n\nlog_level: info\nregistries:\n  - name: a.test\n    scheme: http\n',
      stderr: '',
    });
  });

  test('says what still has to be mended', async () => {
    const path = file('trow.yaml', 'registry_proxies: { registries: [{ host: a b }] }');
    const { status, stdout, stderr } = await config(['convert', path]);
    expect([status, stdout]).toEqual([1, expect.stringContaining('name: a b')]);
    expect(stderr).toMatch(/^ociregistry: the output:4:11: registries\[0\]\.name "a b" is no registry host/);
  });

  test('a file that is not there', async () => {
    const stderr = 'ociregistry: file /no/file: the file does not exist\n';
    expect(await config(['convert', '/no/file'])).toEqual({ status: 1, stdout: '', stderr });
  });
});

test('without a verb of its own it shows its help', async () => {
  const { status, stderr } = await config([]);
  expect([status, stderr]).toEqual([2, expect.stringContaining('convert <FILE>')]);
});
