import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import { parseImageList } from './image-list.ts';

const digest = digestOf('x');

function names(text: string): readonly string[] {
  return parseImageList(text).references.map(formatImageName);
}

describe('a list of images', () => {
  test.each([
    ['nothing', '', []],
    ['blank lines and comments', '\n  \t\n# nginx\n   # redis\n', []],
    ['a short name', 'nginx', ['docker.io/library/nginx:latest']],
    ['a tag', 'quay.io/team/app:v1\n', ['quay.io/team/app:v1']],
    ['a digest', `ghcr.io/a/b@${digest}`, [`ghcr.io/a/b@${digest}`]],
    ['a tag and a digest', `ghcr.io/a/b:v1@${digest}`, [`ghcr.io/a/b:v1@${digest}`]],
    ['blanks around', '  nginx:1.27 \t', ['docker.io/library/nginx:1.27']],
    ['a comment behind', 'nginx:1.27 # the proxy', ['docker.io/library/nginx:1.27']],
    [
      'lines of Windows',
      '\uFEFFnginx:1\r\nredis:7\r\n',
      ['docker.io/library/nginx:1', 'docker.io/library/redis:7'],
    ],
    ['the same twice', 'nginx\ndocker.io/library/nginx:latest\n', ['docker.io/library/nginx:latest']],
    ['a port', 'registry.example.test:5000/app:v1', ['registry.example.test:5000/app:v1']],
  ])('%s', (_, text, want) => {
    expect(names(text)).toEqual(want);
    expect(parseImageList(text).mistakes).toEqual([]);
  });

  test('a line that names no image is told with its number, and the others count', () => {
    const list = parseImageList('# the list\nnginx:1\n\nNginx:1 # upper case\nredis redis\nbusybox:1\n');
    expect(list.references.map(formatImageName)).toEqual([
      'docker.io/library/nginx:1',
      'docker.io/library/busybox:1',
    ]);
    expect(list.mistakes.map(({ line, text }) => [line, text])).toEqual([
      [4, 'Nginx:1'],
      [5, 'redis redis'],
    ]);
    expect(list.mistakes[0]?.message).toContain('library/Nginx');
  });
});
