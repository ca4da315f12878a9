import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { unhurried } from '../thread/turns.ts';
import { inventoryText, parseInventory } from './inventory.ts';

const [a, b] = [digestOf('a'), digestOf('b', 'sha512')];
const image = { name: 'quay.io/team/app:v1', digest: a };

test('is read as it was written, in whatever order things come', async () => {
  const text = await inventoryText({ completeImages: () => unhurried([image]), digests: () => [b, a, b] });
  expect(text).toBe(await inventoryText({ completeImages: () => unhurried([image]), digests: () => [a, b] }));
  expect(parseInventory(text)).toEqual({ digests: new Set([a, b]), images: new Set([`${image.name} ${a}`]) });
  const none = await inventoryText({ completeImages: () => unhurried([]), digests: () => [] });
  expect(parseInventory(none)).toEqual({ digests: new Set(), images: new Set() });
});

describe('is refused', () => {
  test.each([
    ['nothing', '', 'this is no inventory'],
    ['a list of images', 'nginx\n', 'this is no inventory'],
    ['a later version', 'ociregistry-inventory 2\nend\n', 'this is no inventory'],
    ['one without its end', `ociregistry-inventory 1\n${a}\n`, 'truncated'],
    ['one without the end of its end', 'ociregistry-inventory 1\nend', 'truncated'],
    ['a digest that is none', `ociregistry-inventory 1\n${a.slice(0, -1)}\nend\n`, 'line 2'],
    ['an image of a digest that is none', `ociregistry-inventory 1\n${a}\nx:1 sha256:1\nend\n`, 'line 3'],
    ['an empty line', 'ociregistry-inventory 1\n\nend\n', 'line 2'],
  ])('%s', (_, text, message) => {
    expect(() => parseInventory(text)).toThrow(message);
  });
});
