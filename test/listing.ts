// What lists answer, as tests read it, and a front door that remembers none of them.
import { expect, onTestFinished } from 'vitest';
import type { MockOptions } from '../mock/index.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { openFrontDoor } from './front-door.ts';
import type { Answered, FrontDoor, FrontDoorOptions } from './front-door.ts';

/** It goes with the test. Nothing is remembered and everything waited for, so that every request tells where it is answered from. */
export async function openDoor(
  options: FrontDoorOptions = {},
  mockOptions: MockOptions = {},
): Promise<FrontDoor> {
  const door = await openFrontDoor({ listMs: 0, softWaitMs: 20_000, ...options }, mockOptions);
  onTestFinished(() => door[Symbol.asyncDispose]());
  return door;
}

export function tagsOf(answer: Answered): readonly string[] {
  return (JSON.parse(answer.body.toString()) as { tags: readonly string[] }).tags;
}

interface ListedReferrer {
  readonly digest: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function referrersOf(answer: Answered): readonly ListedReferrer[] {
  expect([answer.status, answer.headers['content-type']]).toEqual([200, mediaTypes.ociIndex]);
  const index = JSON.parse(answer.body.toString()) as {
    schemaVersion: number;
    mediaType: string;
    manifests: readonly ListedReferrer[];
  };
  expect([index.schemaVersion, index.mediaType]).toEqual([2, mediaTypes.ociIndex]);
  return index.manifests;
}

export const digestsOf = (answer: Answered): readonly string[] =>
  referrersOf(answer)
    .map(({ digest }) => digest)
    .toSorted();

/** The `Warning` of an answer in which the cache stands in. */
export const onlyCached = expect.stringMatching(
  /^299 - "only the (?:tags|referrers) that are cached/,
) as string;
