// The images that the pods of a resource would run: a pod's own, and those of every pod template in it.
import { isObject } from './named-images.ts';

export interface PodImage {
  /** As it is written. */
  readonly text: string;
  /** As in `spec.containers[0].image`. */
  readonly path: string;
}

const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** Something in a resource, and the way to it. */
interface Place {
  readonly value: unknown;
  readonly step: string | number;
  readonly above?: Place;
}

/**
 * All that is certain to be an image: in the containers of whatever kind of pod, and in volumes that are images.
 * Nothing is read into other fields, and it goes as deep as there is anything: this is for who decides.
 */
export function podImages(resource: unknown): readonly PodImage[] {
  const isPod = isObject(resource) && resource['kind'] === 'Pod';
  const found: PodImage[] = [];
  // By hand and not by recursion: what is nested a million times exhausts no stack.
  const places: Place[] = [{ value: resource, step: '' }];
  for (let at = places.pop(); at !== undefined; at = places.pop()) {
    const image = imageAt(at);
    // In a template these are for somebody else to fill in; then there is a pod.
    if (image !== undefined && (isPod || (image.text !== '' && image.text !== 'auto'))) found.push(image);
    for (const inner of placesIn(at)) places.push(inner);
  }
  return found;
}

/** The last one first, because the last one that is pushed is looked at next. */
function placesIn(above: Place): readonly Place[] {
  const { value } = above;
  if (Array.isArray(value)) {
    return value.map((item: unknown, step) => ({ value: item, step, above })).reverse();
  }
  if (!isObject(value)) return [];
  return Object.entries(value)
    .map(([step, inner]) => ({ value: inner, step, above }))
    .reverse();
}

function imageAt({ value, step, above }: Place): PodImage | undefined {
  if (typeof step !== 'number' || above === undefined || !isObject(value)) return undefined;
  const { image } = value;
  const path = (): string => `${pathOf(above)}[${step}].image`;
  if (containerLists.has(String(above.step))) {
    return typeof image === 'string' ? { text: image, path: path() } : undefined;
  }
  if (above.step !== 'volumes' || !isObject(image)) return undefined;
  const { reference } = image;
  return typeof reference === 'string' ? { text: reference, path: `${path()}.reference` } : undefined;
}

/** Cut where it is longer than anybody reads. */
function pathOf(place: Place): string {
  const steps: string[] = [];
  let at = place;
  while (at.above !== undefined && steps.length < MAX_STEPS) {
    steps.unshift(typeof at.step === 'number' ? `[${at.step}]` : `.${at.step.slice(0, MAX_STEP)}`);
    at = at.above;
  }
  const text = steps.join('').replace(/^\./, '');
  return at.above === undefined ? text : `...${text}`;
}

const MAX_STEPS = 20;
const MAX_STEP = 63;
