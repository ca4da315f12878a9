// The images that a stream of YAML names: Kubernetes manifests, rendered Helm charts, custom resources.
import { parseAllDocuments } from 'yaml';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { quoted } from '../oci/quotation.ts';
import { isObject, namedImages } from '../kubernetes/named-images.ts';

/** Where in a stream something stands, for a person who looks for it. */
export interface YamlPlace {
  /** From 1. */
  readonly document: number;
  /** As in `Deployment shop/web`; empty for what is no resource. */
  readonly resource: string;
  /** As in `spec.template.spec.containers[0].image`. */
  readonly path: string;
}

export interface FoundImage {
  readonly image: ImageName;
  readonly places: readonly YamlPlace[];
}

export interface YamlMistake {
  readonly place: YamlPlace;
  /** What stands there; empty when the document is no YAML. */
  readonly text: string;
  readonly message: string;
}

export interface YamlImages {
  /** In the order of the stream, each once. */
  readonly images: readonly FoundImage[];
  readonly mistakes: readonly YamlMistake[];
}

/**
 * Finds the images of every pod template in the stream, whatever kind it is in, and of custom resources. A document
 * that is no YAML is a mistake, and the others count all the same.
 */
export function imagesInYaml(text: string): YamlImages {
  const found = new Map<string, { image: ImageName; places: YamlPlace[] }>();
  const mistakes: YamlMistake[] = [];
  for (const [index, document] of documentsOf(text).entries()) {
    const at = (resource: string, path: string): YamlPlace => ({ document: index + 1, resource, path });
    if (document.fault !== undefined) {
      mistakes.push({ place: at('', document.line), text: '', message: document.fault });
      continue;
    }
    for (const named of namedImages(document.value)) {
      const place = at(resourceName(named.resource), pathText(named.path));
      if (named.image === undefined) {
        mistakes.push({ place, text: named.text, message: named.mistake });
        continue;
      }
      const name = formatImageName(named.image);
      const known = found.get(name);
      if (known === undefined) found.set(name, { image: named.image, places: [place] });
      else known.places.push(place);
    }
  }
  return { images: [...found.values()], mistakes };
}

/** As in `document 2, Deployment shop/web, spec.containers[0].image`. */
export function formatYamlPlace({ document, resource, path }: YamlPlace): string {
  return [`document ${document}`, resource, path].filter((part) => part !== '').join(', ');
}

interface YamlText {
  readonly value: unknown;
  readonly fault?: string;
  readonly line: string;
}

/** Every value stays the text that was written: the tag 1.10 is not the number 1.1. */
function documentsOf(text: string): readonly YamlText[] {
  const parsed = parseAllDocuments(text.replace(/^\uFEFF/, ''), {
    schema: 'failsafe',
    merge: true,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  if ('empty' in parsed) return [];
  return parsed.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const [start] = error.linePos ?? [];
      const line = start === undefined ? '' : `line ${start.line}`;
      return { value: undefined, fault: `this is not valid YAML (${error.code}); is it rendered?`, line };
    }
    try {
      const value: unknown = document.toJS();
      // Throws where something is inside itself: whoever walks through it would not come to an end.
      JSON.stringify(value);
      return { value, line: '' };
    } catch {
      return { value: undefined, fault: 'the aliases are too many, or lead in a circle', line: '' };
    }
  });
}

function resourceName(resource: Readonly<Record<string, unknown>> | undefined): string {
  if (resource === undefined) return '';
  const { kind, metadata } = resource;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  const full = [namespace, name].filter((part) => typeof part === 'string' && part !== '').join('/');
  const text = [kind, full].filter((part) => typeof part === 'string' && part !== '').join(' ');
  return /^[\x20-\x7e]{0,300}$/.test(text) ? text : quoted(text, 300);
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number'
        ? `[${step}]`
        : `${index === 0 ? '' : '.'}${/^[\w-]+$/.test(step) ? step : quoted(step)}`,
    )
    .join('');
}
