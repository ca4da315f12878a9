// Generated from ociregistry.yaml by `make generate`. Do not edit.
import type { Digest } from "../src/oci/digest.ts";
import type { Reference } from "../src/oci/reference.ts";
import type { RegistryHost } from "../src/oci/registry-host.ts";
import type { RepositoryName } from "../src/oci/repository.ts";
import type { Tag } from "../src/oci/reference.ts";
export interface paths {
    readonly "/v2/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Says that this is an OCI distribution server */
        readonly get: operations["versionCheck"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/_catalog": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Lists the repositories that are cached, each under its registry */
        readonly get: operations["catalogList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/{name}/manifests/{reference}": {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                readonly reference: components["parameters"]["Reference"];
            };
            readonly cookie?: never;
        };
        /** A manifest or index, byte for byte as its registry has it */
        readonly get: operations["manifestGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        /** The headers of manifestGet. A tag that is not cached is fetched and stored, because this is all that containerd asks of it */
        readonly head: operations["manifestHead"];
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/{name}/blobs/{digest}": {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                readonly digest: components["parameters"]["Digest"];
            };
            readonly cookie?: never;
        };
        /** A blob, or ranges of it; streamed while it is cached when it was not */
        readonly get: operations["blobGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        /** The headers of blobGet. Fills nothing */
        readonly head: operations["blobHead"];
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/{name}/tags/list": {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                readonly n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                readonly last?: components["parameters"]["Last"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
            };
            readonly cookie?: never;
        };
        /** Lists a repository's tags */
        readonly get: operations["tagsList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v2/{name}/referrers/{digest}": {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
                /** @description Only descriptors of this artifact type */
                readonly artifactType?: components["parameters"]["ArtifactType"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                readonly digest: components["parameters"]["Digest"];
            };
            readonly cookie?: never;
        };
        /** Lists the manifests whose subject is this digest; an empty list when there is none */
        readonly get: operations["referrersList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/version": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Which version of the program runs, on which directory, since when */
        readonly get: operations["versionGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/upstreams": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How every endpoint of every registry fares that was asked lately */
        readonly get: operations["upstreamsList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/missed": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What was refused for want of an upstream */
        readonly get: operations["missedList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/missed/clear": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Forgets what was refused, once the list has been carried */
        readonly post: operations["missedClear"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/images": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is cached, complete or not */
        readonly get: operations["imagesList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** How many bytes registries and repositories take */
        readonly get: operations["usageGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/inspect": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What an image is made of, or what leads to a blob; 404 MANIFEST_UNKNOWN when nothing is known of it */
        readonly get: operations["inspectGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/verify": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Whether images could be served with their upstreams gone */
        readonly post: operations["verifyRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/load": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Brings images into the cache. Called off, it begins nothing more; downloads that are under way go on, as those of
         *     clients' pulls do.
         */
        readonly post: operations["loadRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/load/archive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Brings the images of an archive into the cache, which is the body: that of docker, podman, containerd or skopeo, or an
         *     OCI layout as tar; compressed by gzip or zstd, or not.
         */
        readonly post: operations["archiveLoad"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/pin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Keeps images, whatever is pruned; a tag wherever it moves */
        readonly post: operations["pinSet"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/unpin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Keeps images no longer than others */
        readonly post: operations["pinRelease"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/prune": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Removes images to which all of this applies, and what no image needs. Waits a minute for who loads or imports; called
         *     off, it ends between two of them.
         */
        readonly post: operations["pruneRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/inventory": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What is cached, as the command inventory writes it */
        readonly get: operations["inventoryGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * A bundle of cached images; 409 with `ExportRefusal` as its detail when they cannot be exported. What fails later
         *     breaks the connection off.
         */
        readonly post: operations["exportRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/import": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Brings the images of a bundle into the cache, when every byte of it has been verified. Of a bundle that does not
         *     come to its end nothing becomes visible.
         */
        readonly post: operations["importRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/refresh": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Learns what other processes have written into the directory */
        readonly post: operations["refreshRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/reload": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Reads the configuration again, as SIGHUP does; 409 when it has mistakes, and all stays as it was */
        readonly post: operations["reloadRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/v1/stop": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Stops the server as SIGTERM does; the answer ends when it has stopped */
        readonly post: operations["stopRun"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The metrics, in Prometheus's text format */
        readonly get: operations["metricsGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Says that the process is alive */
        readonly get: operations["healthzGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Says the same as `/healthz` */
        readonly get: operations["healthGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Says whether clients should be sent here */
        readonly get: operations["readyzGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readiness": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Says the same as `/readyz` */
        readonly get: operations["readinessGet"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/validate-image": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Says whether a resource may run its images, and if not which image and which rule is against it */
        readonly post: operations["imagesValidate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Format: digest */
        readonly Digest: Digest;
        /**
         * Format: registry-host
         * @description A bare host with an optional port, never a URL
         */
        readonly RegistryHost: RegistryHost;
        readonly Errors: {
            readonly errors: readonly components["schemas"]["Error"][];
        };
        readonly Error: {
            /** @enum {string} */
            readonly code: "BLOB_UNKNOWN" | "BLOB_UPLOAD_INVALID" | "BLOB_UPLOAD_UNKNOWN" | "DIGEST_INVALID" | "MANIFEST_BLOB_UNKNOWN" | "MANIFEST_INVALID" | "MANIFEST_UNKNOWN" | "NAME_INVALID" | "NAME_UNKNOWN" | "RANGE_INVALID" | "SIZE_INVALID" | "UNAUTHORIZED" | "DENIED" | "UNSUPPORTED" | "TOOMANYREQUESTS" | "UNAVAILABLE" | "UNKNOWN";
            readonly message: string;
            readonly detail?: unknown;
        };
        readonly Catalog: {
            readonly repositories: readonly string[];
        };
        readonly Tags: {
            readonly name: string;
            readonly tags: readonly string[];
        };
        readonly Platform: {
            readonly architecture: string;
            readonly os: string;
            readonly variant?: string;
            readonly "os.version"?: string;
            readonly "os.features"?: readonly string[];
        };
        readonly Descriptor: {
            readonly mediaType: string;
            readonly digest: components["schemas"]["Digest"];
            readonly size: number;
            readonly urls?: readonly string[];
            readonly annotations?: {
                readonly [key: string]: string;
            };
            readonly artifactType?: string;
            readonly data?: string;
            readonly platform?: components["schemas"]["Platform"];
        };
        readonly ImageIndex: {
            /** @constant */
            readonly schemaVersion: 2;
            readonly mediaType?: string;
            readonly artifactType?: string;
            readonly manifests: readonly components["schemas"]["Descriptor"][];
            readonly subject?: components["schemas"]["Descriptor"];
            readonly annotations?: {
                readonly [key: string]: string;
            };
        };
        readonly ImageManifest: {
            /** @constant */
            readonly schemaVersion: 2;
            readonly mediaType?: string;
            readonly artifactType?: string;
            readonly config: components["schemas"]["Descriptor"];
            readonly layers: readonly components["schemas"]["Descriptor"][];
            readonly subject?: components["schemas"]["Descriptor"];
            readonly annotations?: {
                readonly [key: string]: string;
            };
        };
        readonly RunningVersion: {
            readonly version: string;
            readonly imagePath: string;
            /** Format: date-time */
            readonly started: string;
        };
        readonly Upstreams: {
            readonly upstreams: readonly components["schemas"]["Upstream"][];
        };
        readonly Upstream: {
            readonly registry: string;
            /** @description Where the entry of the configuration holds only for a part of the registry */
            readonly pathPrefix?: string;
            /** @description Whether the configuration has an entry for it */
            readonly configured: boolean;
            /** @description The URL where it is reached */
            readonly endpoint: string;
            /**
             * @description closed: it answers. open: it is dark, and nothing but a probe asks it. half-open: it may be back; the next
             *     request tells.
             * @enum {string}
             */
            readonly state: "closed" | "open" | "half-open";
            /** @description Whether it has ever answered; until then `closed` only says that nothing is known against it */
            readonly answered: boolean;
            /**
             * Format: date-time
             * @description Since when it has been in that state
             */
            readonly since: string;
            /** @description The latest failure, also when all has been well since */
            readonly lastError?: {
                readonly reason: string;
                /** Format: date-time */
                readonly at: string;
            };
            /** @description What it said of its limits */
            readonly rateLimit?: {
                readonly limit?: number;
                readonly remaining?: number;
                readonly windowSeconds?: number;
                /** Format: date-time */
                readonly at: string;
            };
            /** @description When the tokens end that are held for it */
            readonly tokenExpiry?: {
                /** Format: date-time */
                readonly earliest: string;
                /** Format: date-time */
                readonly latest: string;
            };
            readonly bytesFetched: number;
            readonly requests: number;
        };
        readonly MissedContent: {
            readonly missed: readonly components["schemas"]["Missed"][];
        };
        readonly Missed: {
            /** @description `registry/repository:tag` or `registry/repository@digest`; of tags `registry/repository` */
            readonly reference: string;
            /** @enum {string} */
            readonly kind: "manifest" | "blob" | "tags" | "referrers";
            /** @description Of a blob, the image that has it */
            readonly image?: string;
            /**
             * @description An upstream gave it, which a rehearsal of an air gap takes for gone
             * @enum {boolean}
             */
            readonly rehearsed?: true;
            /** Format: date-time */
            readonly first: string;
            /** Format: date-time */
            readonly last: string;
            readonly count: number;
        };
        /** @enum {string} */
        readonly LinkCheck: "public" | "strict";
        /** Format: repository-name */
        readonly RepositoryName: RepositoryName;
        /** Format: tag */
        readonly Tag: Tag;
        /** @description The last event of what failed */
        readonly ErrorEvent: {
            /** @constant */
            readonly event: "error";
            readonly errors: readonly components["schemas"]["Error"][];
        };
        readonly Images: {
            readonly images: readonly components["schemas"]["Image"][];
        };
        readonly Image: {
            readonly registry: components["schemas"]["RegistryHost"];
            readonly repository: components["schemas"]["RepositoryName"];
            readonly tag?: components["schemas"]["Tag"];
            readonly digest: components["schemas"]["Digest"];
            readonly mediaType: string;
            /** @enum {string} */
            readonly kind: "index" | "image" | "opaque";
            /** @description Of an index, those whose image manifest is cached */
            readonly platforms: readonly string[];
            /** @description Bytes on disk of all that it names, each blob once */
            readonly size: number;
            /** @description Of these, the bytes that no other entry names */
            readonly own: number;
            /** @description Of these, the bytes that other entries name too */
            readonly shared: number;
            /** Format: date-time */
            readonly created: string;
            /** Format: date-time */
            readonly lastPulled?: string;
            readonly pinned: boolean;
            /** @description Whether it can be pulled whole with the upstream gone */
            readonly complete: boolean;
        };
        readonly Share: {
            readonly blobs: number;
            /** @description Bytes that no other registry, or no other repository, names */
            readonly unique: number;
            /** @description Bytes that others name too */
            readonly shared: number;
        };
        readonly Bytes: {
            readonly blobs: number;
            readonly bytes: number;
        };
        readonly Usage: {
            /** @description The largest first */
            readonly registries: readonly (components["schemas"]["Share"] & {
                readonly registry: components["schemas"]["RegistryHost"];
                readonly repositories: readonly (components["schemas"]["Share"] & {
                    readonly repository: components["schemas"]["RepositoryName"];
                })[];
            })[];
            readonly unique: components["schemas"]["Bytes"];
            readonly shared: components["schemas"]["Bytes"];
            readonly unreferenced: components["schemas"]["Bytes"];
            readonly total: components["schemas"]["Bytes"];
            readonly partial: components["schemas"]["Bytes"];
        };
        readonly Inspected: components["schemas"]["InspectedImage"] | components["schemas"]["InspectedBlob"];
        readonly InspectedImage: {
            /** @constant */
            readonly kind: "manifest";
            readonly digest: components["schemas"]["Digest"];
            readonly names: readonly string[];
            /** @description Indexes that name it */
            readonly parents: readonly components["schemas"]["Digest"][];
            readonly subject?: components["schemas"]["Digest"];
            /** @description Whether it was ever obtained without credentials */
            readonly public: boolean;
            /** Format: date-time */
            readonly created: string;
            /** Format: date-time */
            readonly lastPulled?: string;
            /** @description Only where a name was asked for */
            readonly complete?: boolean;
            readonly tree: components["schemas"]["InspectedNode"];
        };
        /** @enum {string} */
        readonly PartKind: "index" | "manifest" | "config" | "layer" | "blob";
        readonly InspectedNode: {
            readonly part: components["schemas"]["PartKind"];
            readonly digest: components["schemas"]["Digest"];
            readonly mediaType: string;
            /** @description As its descriptor says */
            readonly size: number;
            /** @description Bytes on disk; absent when it is not cached */
            readonly cached?: number;
            readonly platform?: string;
            readonly artifactType?: string;
            /**
             * @description It stands in the tree already, with all below it
             * @constant
             */
            readonly repeated?: true;
            readonly children?: readonly components["schemas"]["InspectedNode"][];
            readonly referrers?: readonly components["schemas"]["InspectedNode"][];
        };
        readonly InspectedBlob: {
            /** @constant */
            readonly kind: "blob";
            readonly digest: components["schemas"]["Digest"];
            /** @description Bytes on disk; absent when it is not cached */
            readonly cached?: number;
            readonly public: boolean;
            /** @description Those whose registry has delivered or confirmed it */
            readonly repositories: readonly string[];
            readonly referredBy: readonly {
                readonly digest: components["schemas"]["Digest"];
                readonly part: components["schemas"]["PartKind"];
                readonly names: readonly string[];
            }[];
        };
        /** @description An image in full, as `docker.io/library/nginx:1.29`; a short name is docker.io's */
        readonly ImageName: string;
        /** @description As `linux/arm64` or `linux/arm/v7` */
        readonly PlatformName: string;
        readonly VerifyRequest: {
            /** @description All that is cached unless it is given */
            readonly images?: readonly components["schemas"]["ImageName"][];
            /** @description Exactly these, not those that are cached */
            readonly platforms?: readonly components["schemas"]["PlatformName"][];
            /** @description Hash every blob too, and set aside what is damaged */
            readonly deep?: boolean;
            /** @description Fetch again what is missing or was set aside */
            readonly refetch?: boolean;
            readonly linkCheck?: components["schemas"]["LinkCheck"];
        };
        readonly VerifyEvent: {
            /** @constant */
            readonly event: "image";
            readonly image: components["schemas"]["VerifiedImage"];
        } | {
            /** @constant */
            readonly event: "blobs";
            /** @description With `deep` and of all images, blobs that no image names and that are damaged */
            readonly blobs: readonly components["schemas"]["Fault"][];
        } | {
            /** @constant */
            readonly event: "refetched";
            readonly complete: boolean;
            readonly images: readonly components["schemas"]["VerifiedImage"][];
            readonly blobs: readonly components["schemas"]["Fault"][];
            readonly refetched: readonly components["schemas"]["Refetch"][];
        } | components["schemas"]["ErrorEvent"];
        readonly Refetch: {
            /** @description None where no image names it */
            readonly image?: string;
            readonly part: components["schemas"]["Part"];
            readonly digest?: components["schemas"]["Digest"];
            readonly platform?: string;
            /** @description Why it is not there; without it, it is */
            readonly error?: string;
        };
        /** @enum {string} */
        readonly Part: "tag" | "index" | "manifest" | "config" | "layer" | "blob";
        readonly VerifiedImage: {
            readonly image: string;
            readonly digest?: components["schemas"]["Digest"];
            readonly complete: boolean;
            readonly faults: readonly components["schemas"]["Fault"][];
        };
        readonly Fault: {
            readonly part: components["schemas"]["Part"];
            /** @enum {string} */
            readonly fault: "unknown" | "missing" | "not-linked" | "wrong-size" | "damaged" | "unreadable" | "no-platform" | "no-platform-cached" | "unchecked";
            readonly digest?: components["schemas"]["Digest"];
            readonly platform?: string;
            /** @description As the manifest says */
            readonly size?: number;
            /** @description Bytes on disk */
            readonly cached?: number;
            readonly setAside?: boolean;
        };
        readonly LoadRequest: {
            readonly images: readonly {
                readonly image: components["schemas"]["ImageName"];
                /** @description Where it is asked for; for the outcome alone */
                readonly origin: string;
            }[];
            /** @description None is every platform; as the server is configured unless it is given */
            readonly platforms?: readonly components["schemas"]["PlatformName"][];
            readonly concurrent?: number;
            /** @description Whether signatures, SBOMs and the like come too; true unless it is given */
            readonly referrers?: boolean;
            /** @description Whether they are pinned; true unless it is given */
            readonly pin?: boolean;
            /** @description Under which registry's name what comes from another is stored */
            readonly as?: readonly {
                readonly from: string;
                readonly to: string;
            }[];
        };
        readonly LoadNumbers: {
            /** @description Bytes of the blobs that are known to be wanted */
            readonly total: number;
            readonly manifests: number;
            readonly blobs: number;
            readonly fetchedManifests: number;
            readonly fetchedBlobs: number;
            readonly referrers: number;
            /** @description Of the total, the bytes that are there */
            readonly done: number;
            /** @description Of these, what came now */
            readonly fetched: number;
        };
        readonly LoadEvent: {
            /** @constant */
            readonly event: "begun";
            readonly image: string;
        } | {
            /** @constant */
            readonly event: "progress";
            readonly images: readonly {
                readonly image: string;
                readonly numbers: components["schemas"]["LoadNumbers"];
            }[];
        } | {
            /** @constant */
            readonly event: "ended";
            readonly image: string;
            readonly origin: string;
            readonly digest?: components["schemas"]["Digest"];
            readonly numbers: components["schemas"]["LoadNumbers"];
            readonly notes: readonly string[];
            /** @description Why it did not come whole */
            readonly error?: string;
        } | components["schemas"]["ErrorEvent"];
        /** @enum {string} */
        readonly YesOrNo: "yes" | "no";
        readonly ArchiveLoadEvent: components["schemas"]["LoadEvent"] | {
            /** @constant */
            readonly event: "read";
        } | {
            /** @constant */
            readonly event: "expected";
            readonly images: number;
        } | {
            /** @constant */
            readonly event: "done";
            /** @description How many images without a name have come, with those before */
            readonly unnamed: number;
            /** @description What is wrong with the archive itself */
            readonly mistakes: readonly {
                readonly origin: string;
                readonly message: string;
            }[];
        };
        /** @description An image as `list` prints it; `*` stands for anything in `registry/repository:tag` */
        readonly Pattern: string;
        /** @description What of an `admission.k8s.io/v1` review is looked at */
        readonly AdmissionReview: {
            /** @constant */
            readonly apiVersion: "admission.k8s.io/v1";
            /** @constant */
            readonly kind: "AdmissionReview";
            readonly request: components["schemas"]["AdmissionRequest"];
        };
        readonly AdmissionRequest: {
            readonly uid: string;
            /** @enum {string} */
            readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
            readonly namespace?: string;
            readonly name?: string;
            /** @description Absent or null where there is none */
            readonly object?: unknown;
            /** @description Absent or null where there is none */
            readonly oldObject?: unknown;
        };
        readonly AdmissionVerdict: {
            /** @constant */
            readonly apiVersion: "admission.k8s.io/v1";
            /** @constant */
            readonly kind: "AdmissionReview";
            readonly response: components["schemas"]["AdmissionResponse"];
        };
        readonly AdmissionResponse: {
            readonly uid: string;
            readonly allowed: boolean;
            /** @description Why not */
            readonly status?: {
                /** @constant */
                readonly code: 403;
                /** @constant */
                readonly reason: "Forbidden";
                readonly message: string;
            };
            /** @description What who sent the resource is to be told, each of at most 256 characters, 4096 in all */
            readonly warnings?: readonly string[];
        };
        readonly PinRequest: {
            readonly patterns: readonly components["schemas"]["Pattern"][];
        };
        readonly PinReport: {
            readonly changed: readonly string[];
            /** @description Those that were so before */
            readonly already: readonly string[];
            /** @description Patterns that fit nothing */
            readonly unknown: readonly string[];
        };
        /** @description Where nothing is said no image goes */
        readonly PruneRequest: {
            /** @description One of them fits its name */
            readonly patterns?: readonly components["schemas"]["Pattern"][];
            /**
             * Format: date-time
             * @description It came before
             */
            readonly createdBefore?: string;
            /**
             * Format: date-time
             * @description It was last pulled before
             */
            readonly notPulledSince?: string;
            /** @description No tag leads to it */
            readonly untagged?: boolean;
            /** @description Bytes: the least recently pulled go until the cache takes no more */
            readonly maxSize?: number;
            /** @description Only says what would go */
            readonly dryRun?: boolean;
        };
        readonly PruneEvent: {
            /** @constant */
            readonly event: "pruned";
            readonly report: components["schemas"]["PruneReport"];
        } | components["schemas"]["ErrorEvent"];
        readonly PruneReport: {
            readonly dryRun: boolean;
            /** @description In the order in which they went */
            readonly images: readonly {
                readonly image: string;
                readonly digest: components["schemas"]["Digest"];
                /** Format: date-time */
                readonly created: string;
                /** Format: date-time */
                readonly lastPulled?: string;
                /** @description Bytes that nothing needed any more, after those before it */
                readonly freed: number;
            }[];
            /** @description Those that were to go, and stay */
            readonly pinned: readonly string[];
            /** @description What nothing needed before */
            readonly leftovers: {
                readonly blobs: number;
                /** @description Downloads that nobody resumed */
                readonly partials: number;
                readonly bytes: number;
            };
            /** @description Bytes, the leftovers’ too */
            readonly freed: number;
            /** @description Bytes that the cache takes now */
            readonly size: number;
            /** @description What the disk would not let go */
            readonly failed: number;
        };
        readonly ExportRequest: {
            readonly references?: readonly components["schemas"]["ImageName"][];
            readonly patterns?: readonly components["schemas"]["Pattern"][];
            /** @description Exactly these, not those that are cached */
            readonly platforms?: readonly components["schemas"]["PlatformName"][];
            /** @description Whether signatures, SBOMs and the like go too; true unless it is given */
            readonly referrers?: boolean;
            readonly linkCheck?: components["schemas"]["LinkCheck"];
            /** @description What the other side has, and the bundle leaves out */
            readonly have?: {
                readonly digests: readonly string[];
                /** @description As `name digest`: those that need nothing more */
                readonly images: readonly string[];
            };
        };
        readonly ExportRefused: {
            readonly errors: readonly (components["schemas"]["Error"] & {
                readonly detail?: components["schemas"]["ExportRefusal"];
            })[];
        };
        readonly ExportRefusal: {
            readonly incomplete: readonly {
                readonly image: string;
                readonly faults: readonly components["schemas"]["Fault"][];
            }[];
            /** @description Patterns that are for no image */
            readonly unmatched: readonly string[];
        };
        readonly ImportNumbers: {
            /** @description Bytes of the blobs in the bundle */
            readonly total: number;
            /** @description Of these, the bytes that have been read */
            readonly done: number;
            /** @description Of these, the bytes that had to be stored */
            readonly fetched: number;
            /** @description Blobs that had to be stored */
            readonly blobs: number;
        };
        readonly ImportEvent: {
            /** @constant */
            readonly event: "progress";
            readonly numbers: components["schemas"]["ImportNumbers"];
        } | {
            /** @constant */
            readonly event: "imported";
            readonly images: readonly {
                readonly name: string;
                readonly digest: components["schemas"]["Digest"];
                /** @enum {string} */
                readonly standing: "new" | "moved" | "unchanged";
            }[];
            readonly numbers: components["schemas"]["ImportNumbers"];
        } | {
            /** @constant */
            readonly event: "failed";
            readonly message: string;
            /** @description What the bundle leans on and is not here */
            readonly missing?: readonly {
                readonly digest: components["schemas"]["Digest"];
                readonly size: number;
                readonly images: readonly string[];
            }[];
            readonly numbers?: components["schemas"]["ImportNumbers"];
        } | components["schemas"]["ErrorEvent"];
        readonly Refreshed: {
            readonly manifests: number;
            readonly blobs: number;
        };
        readonly Reloaded: {
            /** @description How many are configured */
            readonly registries: number;
            /** @description Settings that have changed and hold only after a restart */
            readonly needRestart: readonly string[];
        };
        readonly StopEvent: {
            /** @constant */
            readonly event: "stopping";
            /** @description For so many milliseconds */
            readonly graceMs: number;
        } | {
            /** @constant */
            readonly event: "stopped";
        } | components["schemas"]["ErrorEvent"];
    };
    responses: {
        /** @description The manifest's own bytes under its own media type */
        readonly Manifest: {
            headers: {
                readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                readonly ETag: components["headers"]["ETag"];
                readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                readonly Warning: components["headers"]["Warning"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/vnd.oci.image.index.v1+json": components["schemas"]["ImageIndex"];
                readonly "application/vnd.oci.image.manifest.v1+json": components["schemas"]["ImageManifest"];
                readonly "application/vnd.docker.distribution.manifest.list.v2+json": components["schemas"]["ImageIndex"];
                readonly "application/vnd.docker.distribution.manifest.v2+json": components["schemas"]["ImageManifest"];
            };
        };
        /** @description The bytes */
        readonly Blob: {
            headers: {
                readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                readonly ETag: components["headers"]["ETag"];
                readonly "Accept-Ranges": components["headers"]["AcceptRanges"];
                readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/octet-stream": string;
            };
        };
        /** @description The client has it */
        readonly NotModified: {
            headers: {
                readonly ETag: components["headers"]["ETag"];
                readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description What is wrong and what to do */
        readonly Error: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Errors"];
            };
        };
    };
    parameters: {
        /**
         * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
         *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
         * @example library/nginx
         */
        readonly Name: string;
        /**
         * @description A tag, or a digest
         * @example 1.29
         */
        readonly Reference: Reference;
        /**
         * @description A digest, sha256 or sha512
         * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
         */
        readonly Digest: components["schemas"]["Digest"];
        /**
         * @description The registry that is meant, as containerd names it to a mirror
         * @example docker.io
         */
        readonly Ns: components["schemas"]["RegistryHost"];
        /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
        readonly OciNamespace: components["schemas"]["RegistryHost"];
        /** @description The same as `ns`, for clients that can set a header but no query */
        readonly XRegistry: components["schemas"]["RegistryHost"];
        /** @description Entity tags; ours is the digest, quoted */
        readonly IfNoneMatch: string;
        /** @description One or more byte ranges (RFC 9110 section 14.2) */
        readonly Range: string;
        /** @description At most so many entries; more than 10,000 is taken as 10,000 */
        readonly PageSize: number;
        /** @description Entries after this one, which need not exist */
        readonly Last: string;
        /** @description Only descriptors of this artifact type */
        readonly ArtifactType: string;
        /** @description How strictly to judge; as the server is configured unless it is given */
        readonly LinkCheck: components["schemas"]["LinkCheck"];
    };
    requestBodies: never;
    headers: {
        readonly DockerDistributionApiVersion: "registry/2.0";
        /** @description The digest of the whole content */
        readonly DockerContentDigest: components["schemas"]["Digest"];
        /** @description The digest, quoted */
        readonly ETag: string;
        /** @description RFC 9110 section 14.4 */
        readonly ContentRange: string;
        readonly AcceptRanges: "bytes";
        /** @description The namespace that was used, when the request named it */
        readonly OciNamespace: components["schemas"]["RegistryHost"];
        readonly OciFiltersApplied: string;
        /** @description The next page: `<url>; rel="next"` (RFC 8288) */
        readonly Link: string;
        /** @description A warning of the upstream, or `299 - "…"` when what is served may be stale */
        readonly Warning: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly versionCheck: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is */
            readonly 200: {
                headers: {
                    readonly "Docker-Distribution-Api-Version": components["headers"]["DockerDistributionApiVersion"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly catalogList: {
        readonly parameters: {
            readonly query?: {
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                readonly n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                readonly last?: components["parameters"]["Last"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The repositories in ASCII order */
            readonly 200: {
                headers: {
                    readonly Link: components["headers"]["Link"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Catalog"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly manifestGet: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                readonly reference: components["parameters"]["Reference"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Manifest"];
            readonly 304: components["responses"]["NotModified"];
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly manifestHead: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                readonly reference: components["parameters"]["Reference"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It exists */
            readonly 200: {
                headers: {
                    readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                    readonly Warning: components["headers"]["Warning"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 304: components["responses"]["NotModified"];
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly blobGet: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description One or more byte ranges (RFC 9110 section 14.2) */
                readonly Range?: components["parameters"]["Range"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                readonly digest: components["parameters"]["Digest"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Blob"];
            /** @description The range that was asked for, or several as multipart/byteranges */
            readonly 206: {
                headers: {
                    readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    readonly "Content-Range": components["headers"]["ContentRange"];
                    readonly "Accept-Ranges": components["headers"]["AcceptRanges"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/octet-stream": string;
                    readonly "multipart/byteranges": string;
                };
            };
            readonly 304: components["responses"]["NotModified"];
            /** @description No byte of the range exists */
            readonly 416: {
                headers: {
                    readonly "Content-Range": components["headers"]["ContentRange"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Errors"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly blobHead: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                readonly digest: components["parameters"]["Digest"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It exists */
            readonly 200: {
                headers: {
                    readonly "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    readonly ETag: components["headers"]["ETag"];
                    readonly "Accept-Ranges": components["headers"]["AcceptRanges"];
                    readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 304: components["responses"]["NotModified"];
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly tagsList: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                readonly n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                readonly last?: components["parameters"]["Last"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The tags in ASCII order */
            readonly 200: {
                headers: {
                    readonly Link: components["headers"]["Link"];
                    readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                    readonly Warning: components["headers"]["Warning"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Tags"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly referrersList: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                readonly ns?: components["parameters"]["Ns"];
                /** @description Only descriptors of this artifact type */
                readonly artifactType?: components["parameters"]["ArtifactType"];
            };
            readonly header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                readonly "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                readonly "X-Registry"?: components["parameters"]["XRegistry"];
            };
            readonly path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                readonly name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                readonly digest: components["parameters"]["Digest"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description An index of descriptors */
            readonly 200: {
                headers: {
                    readonly "OCI-Filters-Applied": components["headers"]["OciFiltersApplied"];
                    readonly Link: components["headers"]["Link"];
                    readonly "OCI-Namespace": components["headers"]["OciNamespace"];
                    readonly Warning: components["headers"]["Warning"];
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/vnd.oci.image.index.v1+json": components["schemas"]["ImageIndex"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly versionGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What runs */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RunningVersion"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly upstreamsList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One entry an endpoint, in no order */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Upstreams"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly missedList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The latest last */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MissedContent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly missedClear: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What has been refused since */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MissedContent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly imagesList: {
        readonly parameters: {
            readonly query?: {
                /** @description Only these; `*` stands for anything in `registry/repository:tag` */
                readonly pattern?: string;
                /** @description By name, or the largest, the newest, the last pulled first; by name unless it is given */
                readonly sort?: "name" | "size" | "created" | "pulled";
                /** @description How strictly to judge; as the server is configured unless it is given */
                readonly linkCheck?: components["parameters"]["LinkCheck"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One entry a tag, or a manifest that no tag and no index leads to */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Images"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly usageGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Of all that is cached */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Usage"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly inspectGet: {
        readonly parameters: {
            readonly query: {
                /** @description An image by its name, or any digest */
                readonly reference: string;
                /** @description How strictly to judge; as the server is configured unless it is given */
                readonly linkCheck?: components["parameters"]["LinkCheck"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The image as a tree, or the blob */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Inspected"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly verifyRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["VerifyRequest"];
            };
        };
        readonly responses: {
            /** @description One event an image, and one for what no image names */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["VerifyEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly loadRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LoadRequest"];
            };
        };
        readonly responses: {
            /** @description How it goes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["LoadEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly archiveLoad: {
        readonly parameters: {
            readonly query: {
                /** @description What it is called, for outcomes and mistakes alone */
                readonly name: string;
                /** @description As `linux/amd64,linux/arm64`, or `all`; as the server is configured unless it is given */
                readonly platforms?: string;
                /** @description Whether signatures, SBOMs and the like come too; yes unless it is given */
                readonly referrers?: components["schemas"]["YesOrNo"];
                /** @description Whether the images are pinned; yes unless it is given */
                readonly pin?: components["schemas"]["YesOrNo"];
                /** @description Under which registry's name what comes from another is stored: `FROM=TO,FROM=TO` */
                readonly as?: string;
                /** @description The name of the one image that the archive gives none */
                readonly resolveRef?: string;
                /** @description How many images without a name have come with archives before, of which `resolveRef` is for one */
                readonly unnamed?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/octet-stream": string;
            };
        };
        readonly responses: {
            /** @description How it goes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["ArchiveLoadEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly pinSet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PinRequest"];
            };
        };
        readonly responses: {
            /** @description Which are kept now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PinReport"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly pinRelease: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PinRequest"];
            };
        };
        readonly responses: {
            /** @description Which are not kept any more */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PinReport"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly pruneRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PruneRequest"];
            };
        };
        readonly responses: {
            /** @description What went, when it has */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["PruneEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly inventoryGet: {
        readonly parameters: {
            readonly query?: {
                /** @description How strictly to judge; as the server is configured unless it is given */
                readonly linkCheck?: components["parameters"]["LinkCheck"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Text, of which the last line is `end` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/octet-stream": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly exportRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ExportRequest"];
            };
        };
        readonly responses: {
            /** @description The bundle, which begins with the table of what is in it */
            readonly 200: {
                headers: {
                    /** @description The images that were asked for, with those of which the other side has everything */
                    readonly "Ociregistry-Images-Planned": number;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/octet-stream": string;
                };
            };
            /** @description What cannot be exported */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ExportRefused"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly importRun: {
        readonly parameters: {
            readonly query?: {
                /** @description Whether they are pinned; true unless it is given */
                readonly pin?: boolean;
                /** @description Whether it is only verified */
                readonly dryRun?: boolean;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/octet-stream": string;
            };
        };
        readonly responses: {
            /** @description How it goes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["ImportEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly refreshRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What is cached now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Refreshed"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly reloadRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It holds */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Reloaded"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly stopRun: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description That it stops, and that it has */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": components["schemas"]["StopEvent"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly metricsGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description As of now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
    readonly healthzGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly healthGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly readyzGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description They should */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            /** @description They should not, and why */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly readinessGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description They should */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            /** @description They should not, and why */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly "4XX": components["responses"]["Error"];
        };
    };
    readonly imagesValidate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AdmissionReview"];
            };
        };
        readonly responses: {
            /** @description The verdict */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AdmissionVerdict"];
                };
            };
            readonly "4XX": components["responses"]["Error"];
            readonly "5XX": components["responses"]["Error"];
        };
    };
}
