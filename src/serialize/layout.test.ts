// Which directories the store settles in, and which it refuses.
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StoreError } from './errors.ts';
import { temporaryPlace } from './temporary-place.ts';

describe('a directory', () => {
  const place = temporaryPlace();
  const { open } = place;

  describe('is refused', () => {
    const cases = [
      { what: 'a newer version', marker: '{"layoutVersion":2}', message: 'newer server' },
      { what: 'an empty marker', marker: '', message: 'not a version marker' },
      { what: 'a marker of another shape', marker: '{"version":1}', message: 'not a version marker' },
    ];
    test.each(cases)('with $what', async ({ marker, message }) => {
      await writeFile(join(place.root, 'ociregistry-layout.json'), marker);
      await expect(open()).rejects.toThrow(message);
      expect(await readdir(place.root)).toEqual(['ociregistry-layout.json']);
    });

    test('when it is somebody else’s', async () => {
      await writeFile(join(place.root, 'thesis.tex'), '');
      await expect(open()).rejects.toThrow('thesis.tex');
      expect(await readdir(place.root)).toEqual(['thesis.tex']);
    });

    test.each(['root', 'parent', 'blobs', 'pulls'])('with a file in place of the %s', async (what) => {
      if (what === 'root' || what === 'parent') {
        await writeFile(join(place.root, 'file'), '');
        place.root = join(place.root, 'file', ...(what === 'parent' ? ['child'] : []));
      } else {
        await writeFile(join(place.root, what), '');
      }
      await expect(open()).rejects.toThrow(StoreError);
    });

    test('with a folder that leads elsewhere', async () => {
      await mkdir(join(place.root, '.elsewhere'));
      await symlink('.elsewhere', join(place.root, 'blobs'));
      await expect(open()).rejects.toThrow('not a directory');
    });
  });

  test.each(['lost+found', '.snapshot', 'blobs', 'damaged'])(
    'with %s in it and no marker is settled in',
    async (name) => {
      await mkdir(join(place.root, name));
      await open();
      expect(await readdir(place.root)).toContain('ociregistry-layout.json');
    },
  );
});
