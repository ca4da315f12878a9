// Every metric: its name, its labels, and what it says. Dashboards depend on these; a change is a breaking one.

export interface Definition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labelNames: readonly string[];
}

const none = [] as const;
/**
 * `path_prefix` is empty where an entry holds for a whole registry. Only registries of the configuration are named;
 * what is counted of the others is summed under the registry `other`, because clients can invent as many as they like.
 */
const upstream = ['registry', 'path_prefix', 'endpoint'] as const;
/** `kind`: manifest, blob, other. `outcome`: what of the cache's outcomes it was, or how it ended without one. */
const request = ['kind', 'outcome'] as const;
/** Those with cached content, as many as are named; the others are summed under `other`. */
const namespace = ['ns'] as const;

export const definitions = {
  cachedPulls: {
    name: 'ociregistry_cached_pulls_by_ns_total',
    type: 'counter',
    help: 'Manifests that were answered from the cache, by registry.',
    labelNames: namespace,
  },
  upstreamPulls: {
    name: 'ociregistry_upstream_pulls_by_ns',
    type: 'counter',
    help: 'Manifests that were fetched from their registry, by registry.',
    labelNames: namespace,
  },
  manifestPulls: {
    name: 'ociregistry_manifest_pulls_total',
    type: 'counter',
    help: 'Requests for manifests, GET and HEAD.',
    labelNames: none,
  },
  blobPulls: {
    name: 'ociregistry_blob_pulls_total',
    type: 'counter',
    help: 'Requests for blobs, GET and HEAD.',
    labelNames: none,
  },
  blobBytes: {
    name: 'ociregistry_blob_bytes_on_disk_total',
    type: 'gauge',
    help: 'Bytes of the blobs that are cached; what max_size bounds, but for downloads that are not whole.',
    labelNames: none,
  },
  manifestBytes: {
    name: 'ociregistry_manifest_bytes_on_disk_total',
    type: 'gauge',
    help: 'Bytes of the manifests that are cached.',
    labelNames: none,
  },
  manifestCount: {
    name: 'ociregistry_cached_manifest_count',
    type: 'gauge',
    help: 'Manifests that are cached.',
    labelNames: none,
  },
  blobCount: {
    name: 'ociregistry_cached_blob_count',
    type: 'gauge',
    help: 'Blobs that are cached.',
    labelNames: none,
  },
  apiHits: {
    name: 'ociregistry_v2_api_endpoint_hits_total',
    type: 'counter',
    help: 'Requests to the distribution API.',
    labelNames: none,
  },
  apiErrors: {
    name: 'ociregistry_api_errors_total',
    type: 'counter',
    help: 'Requests to the distribution API that were answered with an error, a client’s or ours.',
    labelNames: none,
  },
  requestDuration: {
    name: 'ociregistry_request_duration_seconds',
    type: 'histogram',
    help: 'How long it took to answer a request of the distribution API to its last byte.',
    labelNames: request,
  },
  firstByte: {
    name: 'ociregistry_request_first_byte_seconds',
    type: 'histogram',
    help: 'How long it took until the answer to a request of the distribution API began.',
    labelNames: request,
  },
  served: {
    name: 'ociregistry_served_bytes_total',
    type: 'counter',
    help: 'Bytes of answers that went to clients, by where they came from: the cache, a fill (a download into the cache), the upstream past the cache. Counted when the answer ends.',
    labelNames: ['source'],
  },
  stale: {
    name: 'ociregistry_stale_answers_total',
    type: 'counter',
    help: 'Answers from the cache that the registry, which was to be asked, did not confirm.',
    labelNames: none,
  },
  fills: {
    name: 'ociregistry_fills',
    type: 'gauge',
    help: 'Downloads into the cache, by state: running, queued.',
    labelNames: ['state'],
  },
  fillReaders: {
    name: 'ociregistry_fill_readers',
    type: 'gauge',
    help: 'Clients that are sent a blob while it is downloaded.',
    labelNames: none,
  },
  fillsEnded: {
    name: 'ociregistry_fills_ended_total',
    type: 'counter',
    help: 'Downloads into the cache that have ended, by result: cached, failed.',
    labelNames: ['result'],
  },
  fillResumes: {
    name: 'ociregistry_fill_resumes_total',
    type: 'counter',
    help: 'How often an upstream broke off in a blob and was asked for the rest.',
    labelNames: none,
  },
  incompleteImages: {
    name: 'ociregistry_incomplete_images',
    type: 'gauge',
    help: 'Images that wait in the background for blobs that no client has asked for.',
    labelNames: none,
  },
  diskFree: {
    name: 'ociregistry_disk_free_bytes',
    type: 'gauge',
    help: 'What is free of the file system of the image path; absent when it does not tell.',
    labelNames: none,
  },
  diskSize: {
    name: 'ociregistry_disk_size_bytes',
    type: 'gauge',
    help: 'How large the file system of the image path is; absent when it does not tell.',
    labelNames: none,
  },
  diskFailures: {
    name: 'ociregistry_disk_failures_total',
    type: 'counter',
    help: 'How often the disk did not take a blob or a manifest, which went to its client all the same.',
    labelNames: none,
  },
  up: {
    name: 'ociregistry_upstream_up',
    type: 'gauge',
    help: '1 where the endpoint of a configured registry answers, 0 where it is dark or not yet known to be back.',
    labelNames: upstream,
  },
  breakerOpen: {
    name: 'ociregistry_upstream_breaker_open',
    type: 'gauge',
    help: '1 where the endpoint of a configured registry is dark and only probed, else 0.',
    labelNames: upstream,
  },
  stateSince: {
    name: 'ociregistry_upstream_state_since_timestamp_seconds',
    type: 'gauge',
    help: 'Since when the endpoint of a configured registry has been up or dark.',
    labelNames: upstream,
  },
  lastError: {
    name: 'ociregistry_upstream_last_error_timestamp_seconds',
    type: 'gauge',
    help: 'When the endpoint of a configured registry last failed, also when all has been well since.',
    labelNames: upstream,
  },
  rateLimit: {
    name: 'ociregistry_upstream_rate_limit_limit',
    type: 'gauge',
    help: 'How many pulls the endpoint of a configured registry allows in its window, as it said last.',
    labelNames: upstream,
  },
  rateRemaining: {
    name: 'ociregistry_upstream_rate_limit_remaining',
    type: 'gauge',
    help: 'How many pulls the endpoint of a configured registry had left for us, as it said last.',
    labelNames: upstream,
  },
  tokenExpiry: {
    name: 'ociregistry_upstream_token_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the first of the tokens ends that are held for the endpoint of a configured registry.',
    labelNames: upstream,
  },
  others: {
    name: 'ociregistry_other_upstreams',
    type: 'gauge',
    help: 'Endpoints of registries that nobody configured and that were asked lately, by the state of their breaker.',
    labelNames: ['state'],
  },
  received: {
    name: 'ociregistry_upstream_received_bytes_total',
    type: 'counter',
    help: 'Bytes of bodies of all kinds that came from the endpoint, or from where it redirected us to.',
    labelNames: upstream,
  },
  requests: {
    name: 'ociregistry_upstream_requests_total',
    type: 'counter',
    help: 'Requests that the endpoint was to answer; challenges, tokens and redirects are not counted.',
    labelNames: upstream,
  },
  evictedImages: {
    name: 'ociregistry_evicted_images_total',
    type: 'counter',
    help: 'Images that were pruned, by themselves or because somebody asked for it.',
    labelNames: none,
  },
  evictedBytes: {
    name: 'ociregistry_evicted_bytes_total',
    type: 'counter',
    help: 'Bytes on disk that pruning has freed.',
    labelNames: none,
  },
  sent: {
    name: 'ociregistry_blob_sent_bytes_total',
    type: 'counter',
    help: 'Bytes of blobs that went to clients, by the way they went: sendfile(2), or read and written.',
    labelNames: ['way'],
  },
  missed: {
    name: 'ociregistry_missed_total',
    type: 'counter',
    help: 'Requests that were refused for want of an upstream.',
    labelNames: none,
  },
  missedReferences: {
    name: 'ociregistry_missed_references',
    type: 'gauge',
    help: 'What was refused for want of an upstream and has not been had since; `missed` lists it.',
    labelNames: none,
  },
  rehearsed: {
    name: 'ociregistry_rehearsed_misses_total',
    type: 'counter',
    help: 'What an upstream gave, by its kind, that would have been missed with it gone, in a rehearsal of an air gap.',
    labelNames: ['kind'],
  },
  rehearsedReferences: {
    name: 'ociregistry_rehearsed_missed_references',
    type: 'gauge',
    help: 'What a rehearsal of an air gap has noted; `missed` lists it.',
    labelNames: none,
  },
  scrubbed: {
    name: 'ociregistry_scrubbed_bytes_total',
    type: 'counter',
    help: 'Bytes that the scrub has read; only where there is a scrub_interval.',
    labelNames: none,
  },
  scrubDamaged: {
    name: 'ociregistry_scrub_damaged_total',
    type: 'counter',
    help: 'Blobs and manifests that the scrub has found damaged.',
    labelNames: none,
  },
  scrubRepaired: {
    name: 'ociregistry_scrub_repaired_total',
    type: 'counter',
    help: 'Of these, what could be had again at once.',
    labelNames: none,
  },
  scrubCompleted: {
    name: 'ociregistry_scrub_last_completion_timestamp_seconds',
    type: 'gauge',
    help: 'When all that is stored had last been read.',
    labelNames: none,
  },
  buildInfo: {
    name: 'ociregistry_build_info',
    type: 'gauge',
    help: 'Always 1; the label says which version runs.',
    labelNames: ['version'],
  },
} as const satisfies Readonly<Record<string, Definition>>;
