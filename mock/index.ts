// The mock registry as a module: what tests import.
export { strangeSpellings } from './challenge-spelling.ts';
export type { ChallengeSpelling, PlainChallenge } from './challenge-spelling.ts';
export type { Weather } from './connections.ts';
export { bytesContent, digestOfContent, generatedContent, readAll } from './content.ts';
export type { Content } from './content.ts';
export { Gate } from './gate.ts';
export type { ArtifactOptions, BlobOptions, ImageOptions, Layer, ManifestOptions } from './image-maker.ts';
export { allManifests, childFor } from './made.ts';
export type { MadeBlob, MadeManifest } from './made.ts';
export { MockRegistry, startMock } from './mock-registry.ts';
export type { MockOptions } from './mock-registry.ts';
export { Random } from './random.ts';
export { fallbackTag } from './referrers.ts';
export type { LoggedRequest, Match, MockOperation } from './request-log.ts';
export type { Rule } from './rule.ts';
