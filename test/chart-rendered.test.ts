// What helm makes of the chart: the server and the nodes understand it, and mistakes in values are said.
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfigFile } from '../src/config/file.ts';
import { cases, hasHelm, render, renderWith } from './chart/helm.ts';
import { temporaryDirectory } from './front-door.ts';
import { Running } from './loading.ts';

function certificate(base64 = ''): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}

describe.skipIf(!hasHelm)(
  'the chart, rendered (skipped where there is no helm: `make chart-check` builds one)',
  () => {
    test.each(cases)('the server understands its configuration: %s', async (path) => {
      await using directory = await temporaryDirectory();
      const pem = join(directory.path, 'file');
      await writeFile(pem, '-----BEGIN CERTIFICATE-----\n');
      const { data } = render('-f', path).one(
        'ConfigMap',
        path.includes('cert-manager') ? 'images' : 'images-ociregistry',
      );
      const text = (data as { 'config.yaml': string })['config.yaml'].replaceAll(
        /\/etc\/ociregistry\/\S+/g,
        pem,
      );
      const { mistakes } = parseConfigFile(text, 'config.yaml');
      expect(mistakes).toEqual([]);
    });

    test.each([
      [['config.port=80'], 'config.port follows from other values'],
      [['config.server_tls.cert=x'], 'config.server_tls follows'],
      [
        ['config.registries[0].name=a.example', 'config.registries[0].auth.password=x'],
        'a.example has its password',
      ],
      [
        ['config.registries[0].name=a.example', 'config.registries[0].auth.token=x'],
        'a.example has its password',
      ],
      [['replicas=2'], 'ReadWriteMany'],
      [['replicas=2', 'kind=StatefulSet', 'persistence.existingClaim=mine'], 'ReadWriteMany'],
      [['nodeMirror.enabled=true'], 'nodeMirror.server is missing'],
      [['tls.enabled=true', 'tls.source=secret'], 'tls.secretName is missing'],
      [['tls.enabled=true', 'tls.source=certManager'], 'tls.certManager.issuerRef is missing'],
      [['tls.enabled=true', 'tls.clientAuth=verify'], 'tls.clientAuth verify needs'],
      [
        ['admission.enabled=true', 'admission.tls.source=secret', 'admission.tls.secretName=x'],
        'admission.tls.ca is missing',
      ],
      [
        [
          'tls.enabled=true',
          'nodeMirror.enabled=true',
          'nodeMirror.server=https://a.example',
          'nodeMirror.namespace=other',
        ],
        'nodeMirror.caSecret is missing',
      ],
      [['ingress.enabled=true'], 'ingress.hosts is missing'],
      [['httpRoute.enabled=true'], 'httpRoute.parentRefs is missing'],
      [['nonsense=1'], 'nonsense'],
    ])('%j is refused', (settings, message) => {
      const { status, stderr } = renderWith(settings);
      expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    });

    test('a change of registries takes no new pods, a change of anything else does', () => {
      const checksum = (...settings: readonly string[]): unknown =>
        renderWith(settings).one('Deployment').spec.template.metadata.annotations['checksum/settings'];
      const before = checksum();
      expect(checksum('config.registries[0].name=a.example')).toBe(before);
      expect(checksum('config.max_fills=3')).not.toBe(before);
      expect(checksum('tls.enabled=true')).not.toBe(before);
    });

    test.each([
      [[], 'Recreate'],
      [['persistence.accessModes={ReadWriteMany}'], 'RollingUpdate'],
      [['persistence.accessModes={ReadWriteOncePod}'], 'Recreate'],
      [['persistence.existingClaim=mine'], 'Recreate'],
      [['persistence.type=emptyDir'], 'RollingUpdate'],
      [['persistence.type=hostPath'], 'RollingUpdate'],
      [['updateStrategy.type=RollingUpdate'], 'RollingUpdate'],
    ])('with %j it is a %s', (settings, strategy) => {
      const rendered = renderWith(settings);
      expect(rendered.one('Deployment').spec.strategy.type).toBe(strategy);
    });

    test('the API server believes the webhook, whose namespaces are never those that it needs', () => {
      const rendered = renderWith(['admission.enabled=true', 'admission.namespaceSelector.matchLabels.a=b']);
      const [webhook] = rendered.one('ValidatingWebhookConfiguration').webhooks;
      const { data } = rendered.one('Secret', 'images-ociregistry-admission-tls');
      const { name = '', namespace, port } = webhook?.clientConfig.service ?? {};
      const shown = certificate(data['tls.crt']);
      expect(shown.verify(certificate(webhook?.clientConfig.caBundle).publicKey)).toBe(true);
      expect(shown.checkHost(`${name}.${namespace}.svc`)).toBeDefined();
      expect(rendered.one('Service', name).spec.ports).toMatchObject([{ port }]);
      expect(webhook).toMatchObject({
        failurePolicy: 'Ignore',
        namespaceSelector: {
          matchLabels: { a: 'b' },
          matchExpressions: [
            { operator: 'NotIn', values: ['kube-system', 'kube-public', 'kube-node-lease', 'images'] },
          ],
        },
      });
    });

    test('a certificate of the chart is for the Service, the nodes, and who else is named', () => {
      const settings = [
        'tls.enabled=true',
        'tls.names={a.example}',
        'tls.addresses={10.9.8.7}',
        'service.clusterIP=fd00::5',
      ];
      const shown = certificate(renderWith(settings).one('Secret', 'images-ociregistry-tls').data['tls.crt']);
      for (const name of ['images-ociregistry.images.svc.cluster.local', 'localhost', 'a.example'])
        expect(shown.checkHost(name)).toBeDefined();
      for (const address of ['127.0.0.1', '10.9.8.7', 'fd00::5'])
        expect(shown.checkIP(address)).toBeDefined();
    });

    test.each(cases.filter((path) => /node-port|air-gap|stateful/.test(path)))(
      'what it has a pod do to a node is what `mirror` does, and it is taken back: %s',
      async (path) => {
        const directory = await temporaryDirectory();
        onTestFinished(() => directory[Symbol.asyncDispose]());
        const node = join(directory.path, 'node');
        for (const file of ['node/config.toml', 'ca/ca.crt', 'client/tls.crt', 'client/tls.key']) {
          await mkdir(dirname(join(directory.path, file)), { recursive: true });
          await writeFile(join(directory.path, file), `text = "${file}"\n`);
        }
        /** What the containers of a kind are told, with this directory for theirs and the node's. */
        const told = (of: 'initContainers' | 'containers', ...set: readonly string[]): readonly string[] => {
          const [container] = renderWith(set, '-f', path).one('DaemonSet').spec.template.spec[of];
          return (container?.args ?? []).map((arg) =>
            arg.replace('/etc/containerd', node).replace('/etc/ociregistry', directory.path),
          );
        };
        const args = told('initContainers');
        const url = args[args.indexOf('--server') + 1] ?? '';
        expect(await new Running(args).ended).toMatchObject({ status: 0, stderr: '' });
        const registry = path.includes('stateful') ? 'quay.io' : '_default';
        const hosts = await readFile(join(node, `certs.d/${registry}/hosts.toml`), 'utf8');
        expect(hosts).toContain(`[host."${url}"]`);
        expect(hosts.includes('ca = ')).toBe(url.startsWith('https:'));

        const staying = new Running(told('containers'));
        onTestFinished(() => void staying.child.kill('SIGKILL'));
        await new Promise((resolve) => staying.child.stdout.once('data', resolve));
        staying.child.kill('SIGTERM');
        expect(await staying.ended).toMatchObject({ status: 0, stderr: '' });

        const undone = await new Running(told('initContainers', 'nodeMirror.undo=true')).ended;
        expect(undone).toMatchObject({ status: 0, stderr: '' });
        expect(await readFile(join(node, 'config.toml'), 'utf8')).toBe('text = "node/config.toml"\n');
      },
    );
  },
);
