// Upstreams that send more than they were asked for: a body after the answer to a HEAD, which a pusher of content may have
// made to look like the answer to the next request on the connection.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { openFrontDoor, plainEntry } from '../front-door.ts';
import { startHostile } from './hostile-upstream.ts';
import type { Answer } from './hostile-upstream.ts';

const manifestOf = (tag: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [],
    annotations: { tag },
  });
const headFor = (body: string): string =>
  [
    'HTTP/1.1 200 OK',
    `Content-Type: ${mediaTypes.ociIndex}`,
    `Content-Length: ${body.length}`,
    `Docker-Content-Digest: ${digestOf(body)}`,
    '',
    '',
  ].join('\r\n');
const answerWith = (body: string): string => headFor(body) + body;
const forged = answerWith(manifestOf('forged'));

/** How the first part of an answer and what nobody asked for come. */
const ways: readonly [
  string,
  (send: (part: string) => void, answer: string, unasked: string) => Promise<void>,
][] = [
  [
    'in one write',
    async (send, answer, unasked) => {
      send(answer + unasked);
      return Promise.resolve();
    },
  ],
  [
    'in two',
    async (send, answer, unasked) => {
      send(answer);
      await turn();
      send(unasked);
    },
  ],
];

describe('bytes that nobody asked for', () => {
  describe.each([
    ['after the answer to a HEAD', 'HEAD'],
    ['after the answer to a GET', 'GET'],
  ])('%s', (_, spoilt) => {
    test.each(ways)('are no answer, and end the connection: %s', async (_name, sendIn) => {
      const asked: string[] = [];
      const answer: Answer = async (socket, _gone, requestLine) => {
        const [method = '', path = ''] = requestLine.split(' ');
        asked.push(`${method} ${path}`);
        const body = manifestOf(path.replace(/.*\//, ''));
        const first = method === 'HEAD' ? headFor(body) : answerWith(body);
        if (method === spoilt && path.endsWith('/v1'))
          await sendIn((part) => void socket.write(part), first, forged);
        else socket.write(first);
      };
      await using upstream = await startHostile(answer);
      await using door = await openFrontDoor();
      await door.restart({ registries: [plainEntry(upstream.host)] });
      const pull = async (tag: string): Promise<string> =>
        (await door.raw(`/v2/app/manifests/${tag}?ns=${upstream.host}`)).body.toString();

      // The second time it is looked whether the tag has moved.
      for (const tag of ['v1', 'v1']) expect(await pull(tag)).toBe(manifestOf(tag));
      expect(asked).toEqual(['GET /v2/app/manifests/v1', 'HEAD /v2/app/manifests/v1']);
      await expect.poll(() => upstream.open).toBe(spoilt === 'HEAD' ? 0 : 1);
      for (const tag of ['v2', 'v3', 'v2', 'v1']) expect(await pull(tag)).toBe(manifestOf(tag));
    });
  });
});
