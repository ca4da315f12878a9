// The verdict on a resource: which of its images may not run, and which rule is against each.
import type { ImageValidation } from '../config/config.ts';
import { podImages } from '../kubernetes/pod-images.ts';
import type { PodImage } from '../kubernetes/pod-images.ts';
import { OciError } from '../oci/errors.ts';
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { longestRule } from '../oci/image-rule.ts';
import { quoted } from '../oci/quotation.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { resolveTarget } from '../pullrequest/target.ts';

/** What the rules are, as plain data. */
export interface Policy {
  readonly validation: ImageValidation;
  /** The registry of images that name this server and none behind it. */
  readonly defaultNs?: RegistryHost;
}

/** What keeps each image from being served now, in their order; undefined where nothing does. */
export type Obstacles = (images: readonly ImageName[]) => Promise<readonly (string | undefined)[]>;

/** What of a review is judged. */
export interface Judged {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly object?: unknown;
  readonly oldObject?: unknown;
}

/** Far more than any pod has; the cache is asked for all of them at once, and pulls wait for that. */
const MAX_IMAGES = 500;

/**
 * What is to be said against a resource, a sentence for each of its images that may not run. Images that it had before
 * are let be: who takes away a finalizer or scales down need not fear a rule that is newer than the pod.
 */
export async function objections(
  { operation, object, oldObject }: Judged,
  policy: Policy,
  obstacles: Obstacles,
): Promise<readonly string[]> {
  if (operation === 'DELETE' || operation === 'CONNECT') return [];
  const before = new Set(operation === 'UPDATE' ? podImages(oldObject).map(({ text }) => text) : []);
  const written = new Map<string, PodImage>();
  for (const image of podImages(object)) {
    if (!before.has(image.text) && !written.has(image.text)) written.set(image.text, image);
  }
  if (written.size > MAX_IMAGES) {
    return [`the resource names ${written.size} images, and more than ${MAX_IMAGES} are not looked at`];
  }
  const opinions = [...written.values()].map((image) => opinionOf(image, policy));
  const uncertain = opinions.flatMap(({ ifCached }) => ifCached ?? []);
  const found = uncertain.length === 0 ? [] : await obstacles(uncertain);
  const inTheWay = new Map(uncertain.map((image, index) => [image, found[index]]));
  return opinions.flatMap(({ at, objection, ifCached }) => {
    const why = ifCached === undefined ? objection : inTheWay.get(ifCached);
    return why === undefined ? [] : `${at}: ${why}`;
  });
}

interface Opinion {
  /** The image and where it stands. */
  readonly at: string;
  readonly objection?: string;
  /** There is none but what the cache has to say. */
  readonly ifCached?: ImageName;
}

function opinionOf({ text, path }: PodImage, policy: Policy): Opinion {
  let image: ImageName;
  try {
    image = meantImage(parseImageName(text), policy);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return { at: `${quoted(text, MAX_TEXT)} (${path})`, objection: error.message };
  }
  const name = formatImageName(image);
  return {
    at: `${name === text ? '' : `${quoted(text, MAX_TEXT)} is `}${name} (${path})`,
    ...ruled(image, policy),
  };
}

const MAX_TEXT = 300;

/** An image that is pulled from this server is the one that it names behind the server's own name. */
function meantImage(image: ImageName, { validation, defaultNs }: Policy): ImageName {
  if (!validation.serverNames.includes(image.registry)) return image;
  const { registry, repository } = resolveTarget(
    { name: image.repository },
    { defaultNs, selfNames: new Set(validation.serverNames) },
  );
  return { ...image, registry, repository };
}

function ruled(image: ImageName, { validation }: Policy): Omit<Opinion, 'at'> {
  const allowing = longestRule(validation.allow, image);
  const denying = longestRule(validation.deny, image);
  if (denying !== undefined && denying.name.length >= (allowing?.name.length ?? 0)) {
    return { objection: `denied by the rule ${denying.name}` };
  }
  if (allowing !== undefined || validation.default === 'allow') return {};
  return validation.default === 'cached'
    ? { ifCached: image }
    : { objection: 'denied, because no rule allows it' };
}
