// The files of other programs, as their documentation has them, and what becomes of them.
import { describe, expect, test } from 'vitest';
import { convertConfig } from './convert.ts';
import { parseConfigFile } from './file.ts';
import { ConfigError } from './mistake.ts';

/** The file without its first comment, which says where it is from. */
function converted(text: string): string {
  return convertConfig(text, 'f').replace(/^# Made from [^\n]*\n/, '');
}

const table: readonly { readonly name: string; readonly theirs: string; readonly ours: string }[] = [
  {
    name: 'Go: settings',
    theirs: `
imagePath: /srv/images
logLevel: warning
port: 8080
pullTimeout: 60000
alwaysPullLatest: false
airGapped: True
logFile:
health: 8081
metrics: 2112
helloWorld: false
registries: []
pruneConfig:
  enabled: true
  duration: 30d
  count: -1
serverTlsConfig: {}
frobnicate: 1
`,
    ours: `
# there is no such test mode:
#   helloWorld: "false"
# neither the Go project nor this server has such a key:
#   frobnicate: "1"
# pull_timeout is how long a pull may make no progress here, and not how long it may take
# not_pulled_for needs nothing of this:
#   pruneConfig:
#     count: "-1"

image_path: /srv/images
log_level: warn
port: 8080
pull_timeout: 60000
always_pull_latest: false
air_gapped: true
health_port: 8081
metrics_port: 2112
metrics_host: ""
not_pulled_for: 30d
`,
  },
  {
    name: 'Go: pruning that has no equivalent',
    theirs: 'pruneConfig: { enabled: true, type: created, duration: 30d }',
    ours: `
# by itself only goes what was not pulled; \`prune --older-than\` takes what came before:
#   pruneConfig:
#     enabled: "true"
#     type: created
#     duration: 30d

{}
`,
  },
  {
    name: 'Go: TLS for clients',
    theirs: `
serverTlsConfig:
  cert: /etc/pki/tls.crt
  key: /etc/pki/tls.key
  ca: /etc/pki/ca.crt
  clientAuth: verify
`,
    ours: `server_tls:
  cert: /etc/pki/tls.crt
  key: /etc/pki/tls.key
  ca: /etc/pki/ca.crt
  client_auth: verify
`,
  },
  {
    name: 'Go: TLS for clients of any authority',
    theirs: 'serverTlsConfig: { cert: /c, key: /k, ca: "", clientAuth: verify }',
    ours: `
# the authority of the clients has to be named in \`ca\`: there any that the operating system trusts would do

server_tls:
  cert: /c
  key: /k
  client_auth: verify
`,
  },
  {
    name: 'Go: TLS without a key',
    theirs: 'serverTlsConfig: { cert: /c, clientAuth: none }',
    ours: `
# TLS needs a certificate and its key:
#   serverTlsConfig:
#     cert: /c
#     clientAuth: none

{}
`,
  },
  {
    name: 'Go: registries',
    theirs: `
registries:
- name: my-upstream:5000
  description: Something that makes sense to you
  scheme: HTTP
  auth:
    user: theuser
    password: 0123
  tls: {}
- name: c.test
  auth:
    user: theuser
    passwordFromEnv: THEPASS
  tls:
    insecureSkipVerify: true
  opts: {x: y}
- name: d.test
  auth: { user: lonely }
  tls: { cert: npe.crt }
- name: C.test:443
`,
    ours: `
# the Go project does not verify the certificate of a registry without \`tls\`; this server does, with the trust store of the system
# another entry for the same registry counted:
#   registries:
#     - name: C.test:443

registries:
  - name: my-upstream:5000
    scheme: http
    description: Something that makes sense to you
    auth:
      user: theuser
      password: "0123"
  # it is derived from the other keys:
  #   opts:
  #     x: y
  - name: c.test
    auth:
      user: theuser
      password_from_env: THEPASS
    tls:
      insecure_skip_verify: true
  # a login needs a user and a password:
  #   auth:
  #     user: lonely
  # a certificate needs a key, and the other way round:
  #   tls:
  #     cert: npe.crt
  - name: d.test
`,
  },
  {
    name: 'Go: the bare list of older versions',
    theirs: '- name: a.test\n  tls:\n    insecure_skip_verify: true\n  auth: {}\n',
    ours: `registries:
  - name: a.test
    tls:
      insecure_skip_verify: true
`,
  },
  {
    name: 'Trow',
    theirs: `
registry_proxies:
  offline: false
  max_size: 50GiB
  registries:
    - host: registry.example.com
      username: first
      password: first
    - host: registry.example.com
      username: toto
      password: pass1234
    - host: registry.example.com
      path_prefix: /org/sub/
      insecure: true
      username: robot
      password: hidden
      password_file: /etc/secret
      alias: ours
    - host: ''
    - host: 123456789012.dkr.ecr.eu-west-1.amazonaws.com
      username: AWS
    - host: quay.io
      insecure: false
image_validation:
  default: Deny
  allow: [docker.io/, docker.io/library, '*']
  deny: []
  audit: true
`,
    ours: `
# image_validation is asked for where admission_port and admission_tls are set; its rules hold for whole parts of names
# this is the beginning of no image’s name:
#   allow:
#     - "*"
# neither Trow nor this server has such a key:
#   audit: "true"
# an entry without a host stands for none here:
#   registries:
#     - host: ""
# another entry for the same registry counted:
#   registries:
#     - name: registry.example.com
#       auth:
#         user: first
#         password: first

image_validation:
  default: deny
  allow:
    - docker.io/
    - docker.io/library/
air_gapped: false
max_size: 50GiB
registries:
  - name: registry.example.com
    auth:
      user: toto
      password: pass1234
  # paths have the name of the registry itself, as in f/docker.io/library/nginx:
  #   alias: ours
  # password_file counts, as in Trow:
  #   password: hidden
  - name: registry.example.com
    path_prefix: org/sub
    scheme: http
    auth:
      user: robot
      password_file: /etc/secret
  - name: 123456789012.dkr.ecr.eu-west-1.amazonaws.com
    auth:
      ecr: {}
  - name: quay.io
`,
  },
  {
    name: 'Trow without proxies',
    theirs: 'registry_proxies:\nimage_validation: { default: Allow }\n',
    ours: `
# image_validation is asked for where admission_port and admission_tls are set; its rules hold for whole parts of names
# without registry_proxies Trow asks no registry

image_validation:
  default: allow
air_gapped: true
`,
  },
];

test.each(table)('$name', ({ theirs, ours }) => {
  expect(converted(theirs).trimStart()).toBe(ours.trimStart());
  const wrong = parseConfigFile(ours, 'f').mistakes.filter(
    // Files of other machines; and who may come in is never widened in silence.
    ({ message }) => !message.includes('does not exist') && !message.includes('server_tls needs ca'),
  );
  expect(wrong).toEqual([]);
});

test('nothing of a file is lost', () => {
  const theirs = {
    logFile: 'v1',
    os: 'v2',
    registries: [{ name: 'a.test', x: 'v3', auth: { y: 'v4' }, tls: { z: 'v5' } }, 'v6'],
  };
  const ours = converted(JSON.stringify(theirs));
  for (const value of ['v1', 'v2', 'v3', 'v4', 'v5', 'v6']) expect(ours).toContain(value);
});

describe('what is no configuration', () => {
  test('broken YAML', () => {
    expect(() => convertConfig('a: [', 'f')).toThrow(ConfigError);
  });

  test.each(['', 'hello', '[]', 'registries: x'])('%j becomes one that says nothing', (text) => {
    expect(parseConfigFile(convertConfig(text, 'f'), 'f').mistakes).toEqual([]);
  });
});
