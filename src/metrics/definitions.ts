// Every metric: its name, its labels, and what it says. Dashboards depend on these; a change is a breaking one.

export interface Definition {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const none = [] as const;
/**
 * `path_prefix` is empty where an entry holds for a whole registry. Only registries of the configuration are named;
 * what is counted of the others is summed under the registry `other`, because clients can invent as many as they like.
 */
const upstream = ['registry', 'path_prefix', 'endpoint'] as const;

export const definitions = {
  buildInfo: {
    name: 'ociregistry_build_info',
    help: 'Always 1; the label says which version runs.',
    labelNames: ['version'],
  },
  up: {
    name: 'ociregistry_upstream_up',
    help: '1 where the endpoint of a configured registry answers, 0 where it is dark or not yet known to be back.',
    labelNames: upstream,
  },
  breakerOpen: {
    name: 'ociregistry_upstream_breaker_open',
    help: '1 where the endpoint of a configured registry is dark and only probed, else 0.',
    labelNames: upstream,
  },
  stateSince: {
    name: 'ociregistry_upstream_state_since_timestamp_seconds',
    help: 'Since when the endpoint of a configured registry has been up or dark.',
    labelNames: upstream,
  },
  lastError: {
    name: 'ociregistry_upstream_last_error_timestamp_seconds',
    help: 'When the endpoint of a configured registry last failed, also when all has been well since.',
    labelNames: upstream,
  },
  rateLimit: {
    name: 'ociregistry_upstream_rate_limit_limit',
    help: 'How many pulls the endpoint of a configured registry allows in its window, as it said last.',
    labelNames: upstream,
  },
  rateRemaining: {
    name: 'ociregistry_upstream_rate_limit_remaining',
    help: 'How many pulls the endpoint of a configured registry had left for us, as it said last.',
    labelNames: upstream,
  },
  tokenExpiry: {
    name: 'ociregistry_upstream_token_expiry_timestamp_seconds',
    help: 'When the first of the tokens ends that are held for the endpoint of a configured registry.',
    labelNames: upstream,
  },
  others: {
    name: 'ociregistry_other_upstreams',
    help: 'Endpoints of registries that nobody configured and that were asked lately, by the state of their breaker.',
    labelNames: ['state'],
  },
  received: {
    name: 'ociregistry_upstream_received_bytes_total',
    help: 'Bytes of bodies of all kinds that came from the endpoint, or from where it redirected us to.',
    labelNames: upstream,
  },
  requests: {
    name: 'ociregistry_upstream_requests_total',
    help: 'Requests that the endpoint was to answer; challenges, tokens and redirects are not counted.',
    labelNames: upstream,
  },
  cacheBytes: {
    name: 'ociregistry_cache_bytes',
    help: 'Bytes of the blobs that are cached; what max_size bounds, but for downloads that are not whole.',
    labelNames: none,
  },
  evictedImages: {
    name: 'ociregistry_evicted_images_total',
    help: 'Images that were pruned, by themselves or because somebody asked for it.',
    labelNames: none,
  },
  evictedBytes: {
    name: 'ociregistry_evicted_bytes_total',
    help: 'Bytes on disk that pruning has freed.',
    labelNames: none,
  },
  sent: {
    name: 'ociregistry_blob_sent_bytes_total',
    help: 'Bytes of blobs that went to clients, by the way they went: sendfile(2), or read and written.',
    labelNames: ['way'],
  },
  missed: {
    name: 'ociregistry_missed_total',
    help: 'Requests that were refused for want of an upstream.',
    labelNames: none,
  },
  missedReferences: {
    name: 'ociregistry_missed_references',
    help: 'What was refused for want of an upstream and has not been had since; `missed` lists it.',
    labelNames: none,
  },
  rehearsed: {
    name: 'ociregistry_rehearsed_misses_total',
    help: 'What an upstream gave, by its kind, that would have been missed with it gone, in a rehearsal of an air gap.',
    labelNames: ['kind'],
  },
  rehearsedReferences: {
    name: 'ociregistry_rehearsed_missed_references',
    help: 'What a rehearsal of an air gap has noted; `missed` lists it.',
    labelNames: none,
  },
  scrubbed: {
    name: 'ociregistry_scrubbed_bytes_total',
    help: 'Bytes that the scrub has read; only where there is a scrub_interval.',
    labelNames: none,
  },
  scrubDamaged: {
    name: 'ociregistry_scrub_damaged_total',
    help: 'Blobs and manifests that the scrub has found damaged.',
    labelNames: none,
  },
  scrubRepaired: {
    name: 'ociregistry_scrub_repaired_total',
    help: 'Of these, what could be had again at once.',
    labelNames: none,
  },
  scrubCompleted: {
    name: 'ociregistry_scrub_last_completion_timestamp_seconds',
    help: 'When all that is stored had last been read.',
    labelNames: none,
  },
} as const satisfies Readonly<Record<string, Definition>>;
