import { expect, test } from 'vitest';
import { parseImageRule } from '../oci/image-rule.ts';
import { parseConfigFile } from './file.ts';

test('what is said of images, in any case, and what is not said', () => {
  const text = `
image_validation:
  default: Deny
  allow: [docker.io/, nginx]
  server_names: [Cache.test]
`;
  const { settings, mistakes } = parseConfigFile(text, 'f');
  expect(mistakes).toEqual([]);
  expect(settings.image_validation).toEqual({
    default: 'deny',
    mode: 'enforce',
    allow: [parseImageRule('docker.io/'), parseImageRule('nginx')],
    deny: [],
    serverNames: ['cache.test'],
  });
});

test.each<[name: string, text: string, mistake: string]>([
  ['a default', 'image_validation: { default: maybe }', 'default must be allow, deny or cached'],
  ['a mode', 'image_validation: { mode: audit }', 'mode must be enforce or warn'],
  ['a rule', "image_validation: { deny: [a, '*'] }", 'deny[1] "*" is no rule for images'],
  ['a list', 'image_validation: { allow: docker.io }', 'allow must be a list'],
  ['a key', 'image_validation: { alow: [] }', 'unknown key alow; did you mean allow?'],
  [
    'a server',
    'image_validation: { server_names: ["http://a"] }',
    'server_names[0] "http://a" is no registry',
  ],
  ['half a certificate', 'admission_tls: { cert: /nowhere }', 'admission_tls.cert the file does not exist'],
])('a mistake in %s', (_, text, mistake) => {
  expect(
    parseConfigFile(text, 'f')
      .mistakes.map(({ message }) => message)
      .join('\n'),
  ).toContain(mistake);
});
