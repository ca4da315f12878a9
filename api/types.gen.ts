// Generated from ociregistry.yaml by `make generate`. Do not edit.
import type { Digest } from "../src/oci/digest.ts";
import type { Reference } from "../src/oci/reference.ts";
import type { RegistryHost } from "../src/oci/registry-host.ts";
export interface paths {
    "/v2/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that this is an OCI distribution server */
        get: operations["versionCheck"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/_catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the repositories that are cached, each under its registry */
        get: operations["catalogList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/manifests/{reference}": {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        /** A manifest or index, byte for byte as its registry has it */
        get: operations["manifestGet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The headers of manifestGet. A tag that is not cached is fetched and stored, because this is all that containerd asks of it */
        head: operations["manifestHead"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/blobs/{digest}": {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        /** A blob, or ranges of it; streamed while it is cached when it was not */
        get: operations["blobGet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The headers of blobGet. Fills nothing */
        head: operations["blobHead"];
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/tags/list": {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                last?: components["parameters"]["Last"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
            };
            cookie?: never;
        };
        /** Lists a repository's tags */
        get: operations["tagsList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/{name}/referrers/{digest}": {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
                /** @description Only descriptors of this artifact type */
                artifactType?: components["parameters"]["ArtifactType"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        /** Lists the manifests whose subject is this digest; an empty list when there is none */
        get: operations["referrersList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which version of the program runs, on which directory, since when */
        get: operations["versionGet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How every endpoint of every registry fares that was asked lately */
        get: operations["upstreamsList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/v1/missed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was refused for want of an upstream */
        get: operations["missedList"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics, in Prometheus's text format */
        get: operations["metricsGet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the process is alive and answers */
        get: operations["healthCheck"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Format: digest */
        Digest: Digest;
        /**
         * Format: registry-host
         * @description A bare host with an optional port, never a URL
         */
        RegistryHost: RegistryHost;
        Errors: {
            errors: {
                /** @enum {string} */
                code: "BLOB_UNKNOWN" | "BLOB_UPLOAD_INVALID" | "BLOB_UPLOAD_UNKNOWN" | "DIGEST_INVALID" | "MANIFEST_BLOB_UNKNOWN" | "MANIFEST_INVALID" | "MANIFEST_UNKNOWN" | "NAME_INVALID" | "NAME_UNKNOWN" | "RANGE_INVALID" | "SIZE_INVALID" | "UNAUTHORIZED" | "DENIED" | "UNSUPPORTED" | "TOOMANYREQUESTS" | "UNAVAILABLE" | "UNKNOWN";
                message: string;
                detail?: unknown;
            }[];
        };
        Catalog: {
            repositories: string[];
        };
        Tags: {
            name: string;
            tags: string[];
        };
        Platform: {
            architecture: string;
            os: string;
            variant?: string;
            "os.version"?: string;
            "os.features"?: string[];
        };
        Descriptor: {
            mediaType: string;
            digest: components["schemas"]["Digest"];
            size: number;
            urls?: string[];
            annotations?: {
                [key: string]: string;
            };
            artifactType?: string;
            data?: string;
            platform?: components["schemas"]["Platform"];
        };
        ImageIndex: {
            /** @constant */
            schemaVersion: 2;
            mediaType?: string;
            artifactType?: string;
            manifests: components["schemas"]["Descriptor"][];
            subject?: components["schemas"]["Descriptor"];
            annotations?: {
                [key: string]: string;
            };
        };
        ImageManifest: {
            /** @constant */
            schemaVersion: 2;
            mediaType?: string;
            artifactType?: string;
            config: components["schemas"]["Descriptor"];
            layers: components["schemas"]["Descriptor"][];
            subject?: components["schemas"]["Descriptor"];
            annotations?: {
                [key: string]: string;
            };
        };
        RunningVersion: {
            version: string;
            imagePath: string;
            /** Format: date-time */
            started: string;
        };
        Upstreams: {
            upstreams: components["schemas"]["Upstream"][];
        };
        Upstream: {
            registry: string;
            /** @description Where the entry of the configuration holds only for a part of the registry */
            pathPrefix?: string;
            /** @description Whether the configuration has an entry for it */
            configured: boolean;
            /** @description The URL where it is reached */
            endpoint: string;
            /**
             * @description closed: it answers. open: it is dark, and nothing but a probe asks it. half-open: it may be back; the next
             *     request tells.
             * @enum {string}
             */
            state: "closed" | "open" | "half-open";
            /** @description Whether it has ever answered; until then `closed` only says that nothing is known against it */
            answered: boolean;
            /**
             * Format: date-time
             * @description Since when it has been in that state
             */
            since: string;
            /** @description The latest failure, also when all has been well since */
            lastError?: {
                reason: string;
                /** Format: date-time */
                at: string;
            };
            /** @description What it said of its limits */
            rateLimit?: {
                limit?: number;
                remaining?: number;
                windowSeconds?: number;
                /** Format: date-time */
                at: string;
            };
            /** @description When the tokens end that are held for it */
            tokenExpiry?: {
                /** Format: date-time */
                earliest: string;
                /** Format: date-time */
                latest: string;
            };
            bytesFetched: number;
            requests: number;
        };
        MissedContent: {
            missed: components["schemas"]["Missed"][];
        };
        Missed: {
            /** @description `registry/repository:tag` or `registry/repository@digest`; of tags `registry/repository` */
            reference: string;
            /** @enum {string} */
            kind: "manifest" | "blob" | "tags" | "referrers";
            /** @description Of a blob, the image that has it */
            image?: string;
            /**
             * @description An upstream gave it, which a rehearsal of an air gap takes for gone
             * @enum {boolean}
             */
            rehearsed?: true;
            /** Format: date-time */
            first: string;
            /** Format: date-time */
            last: string;
            count: number;
        };
    };
    responses: {
        /** @description The manifest's own bytes under its own media type */
        Manifest: {
            headers: {
                "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                ETag: components["headers"]["ETag"];
                "OCI-Namespace": components["headers"]["OciNamespace"];
                Warning: components["headers"]["Warning"];
                [name: string]: unknown;
            };
            content: {
                "application/vnd.oci.image.index.v1+json": components["schemas"]["ImageIndex"];
                "application/vnd.oci.image.manifest.v1+json": components["schemas"]["ImageManifest"];
                "application/vnd.docker.distribution.manifest.list.v2+json": components["schemas"]["ImageIndex"];
                "application/vnd.docker.distribution.manifest.v2+json": components["schemas"]["ImageManifest"];
            };
        };
        /** @description The bytes */
        Blob: {
            headers: {
                "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                ETag: components["headers"]["ETag"];
                "Accept-Ranges": components["headers"]["AcceptRanges"];
                "OCI-Namespace": components["headers"]["OciNamespace"];
                [name: string]: unknown;
            };
            content: {
                "application/octet-stream": string;
            };
        };
        /** @description The client has it */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description What is wrong and what to do */
        Error: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Errors"];
            };
        };
    };
    parameters: {
        /**
         * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
         *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
         * @example library/nginx
         */
        Name: string;
        /**
         * @description A tag, or a digest
         * @example 1.29
         */
        Reference: Reference;
        /**
         * @description A digest, sha256 or sha512
         * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
         */
        Digest: components["schemas"]["Digest"];
        /**
         * @description The registry that is meant, as containerd names it to a mirror
         * @example docker.io
         */
        Ns: components["schemas"]["RegistryHost"];
        /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
        OciNamespace: components["schemas"]["RegistryHost"];
        /** @description The same as `ns`, for clients that can set a header but no query */
        XRegistry: components["schemas"]["RegistryHost"];
        /** @description Entity tags; ours is the digest, quoted */
        IfNoneMatch: string;
        /** @description One or more byte ranges (RFC 9110 section 14.2) */
        Range: string;
        /** @description At most so many entries; more than 10,000 is taken as 10,000 */
        PageSize: number;
        /** @description Entries after this one, which need not exist */
        Last: string;
        /** @description Only descriptors of this artifact type */
        ArtifactType: string;
    };
    requestBodies: never;
    headers: {
        DockerDistributionApiVersion: "registry/2.0";
        /** @description The digest of the whole content */
        DockerContentDigest: components["schemas"]["Digest"];
        /** @description The digest, quoted */
        ETag: string;
        /** @description RFC 9110 section 14.4 */
        ContentRange: string;
        AcceptRanges: "bytes";
        /** @description The namespace that was used, when the request named it */
        OciNamespace: components["schemas"]["RegistryHost"];
        OciFiltersApplied: string;
        /** @description The next page: `<url>; rel="next"` (RFC 8288) */
        Link: string;
        /** @description A warning of the upstream, or `299 - "…"` when what is served may be stale */
        Warning: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    versionCheck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is */
            200: {
                headers: {
                    "Docker-Distribution-Api-Version": components["headers"]["DockerDistributionApiVersion"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Error"];
        };
    };
    catalogList: {
        parameters: {
            query?: {
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                last?: components["parameters"]["Last"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The repositories in ASCII order */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Catalog"];
                };
            };
            "4XX": components["responses"]["Error"];
        };
    };
    manifestGet: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Manifest"];
            304: components["responses"]["NotModified"];
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    manifestHead: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A tag, or a digest
                 * @example 1.29
                 */
                reference: components["parameters"]["Reference"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It exists */
            200: {
                headers: {
                    "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    ETag: components["headers"]["ETag"];
                    "OCI-Namespace": components["headers"]["OciNamespace"];
                    Warning: components["headers"]["Warning"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["NotModified"];
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    blobGet: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description One or more byte ranges (RFC 9110 section 14.2) */
                Range?: components["parameters"]["Range"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Blob"];
            /** @description The range that was asked for, or several as multipart/byteranges */
            206: {
                headers: {
                    "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    "Content-Range": components["headers"]["ContentRange"];
                    "Accept-Ranges": components["headers"]["AcceptRanges"];
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                    "multipart/byteranges": string;
                };
            };
            304: components["responses"]["NotModified"];
            /** @description No byte of the range exists */
            416: {
                headers: {
                    "Content-Range": components["headers"]["ContentRange"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Errors"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    blobHead: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
                /** @description Entity tags; ours is the digest, quoted */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It exists */
            200: {
                headers: {
                    "Docker-Content-Digest": components["headers"]["DockerContentDigest"];
                    ETag: components["headers"]["ETag"];
                    "Accept-Ranges": components["headers"]["AcceptRanges"];
                    "OCI-Namespace": components["headers"]["OciNamespace"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["NotModified"];
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    tagsList: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
                /** @description At most so many entries; more than 10,000 is taken as 10,000 */
                n?: components["parameters"]["PageSize"];
                /** @description Entries after this one, which need not exist */
                last?: components["parameters"]["Last"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tags in ASCII order */
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    "OCI-Namespace": components["headers"]["OciNamespace"];
                    Warning: components["headers"]["Warning"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tags"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    referrersList: {
        parameters: {
            query?: {
                /**
                 * @description The registry that is meant, as containerd names it to a mirror
                 * @example docker.io
                 */
                ns?: components["parameters"]["Ns"];
                /** @description Only descriptors of this artifact type */
                artifactType?: components["parameters"]["ArtifactType"];
            };
            header?: {
                /** @description The same as `ns`, as older lazy-pulling snapshotters name it */
                "OCI-Namespace"?: components["parameters"]["OciNamespace"];
                /** @description The same as `ns`, for clients that can set a header but no query */
                "X-Registry"?: components["parameters"]["XRegistry"];
            };
            path: {
                /**
                 * @description The repository, of any depth: `library/nginx`. A registry may stand before it, as `docker.io/library/nginx`,
                 *     as `f/docker.io/library/nginx`, or as `host__5000/app` for clients whose grammar forbids a colon there.
                 * @example library/nginx
                 */
                name: components["parameters"]["Name"];
                /**
                 * @description A digest, sha256 or sha512
                 * @example sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
                 */
                digest: components["parameters"]["Digest"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An index of descriptors */
            200: {
                headers: {
                    "OCI-Filters-Applied": components["headers"]["OciFiltersApplied"];
                    Link: components["headers"]["Link"];
                    "OCI-Namespace": components["headers"]["OciNamespace"];
                    Warning: components["headers"]["Warning"];
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.oci.image.index.v1+json": components["schemas"]["ImageIndex"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    versionGet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunningVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    upstreamsList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One entry an endpoint, in no order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upstreams"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    missedList: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The latest last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MissedContent"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    metricsGet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As of now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    healthCheck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            "4XX": components["responses"]["Error"];
        };
    };
}
