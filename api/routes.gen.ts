// Generated from ociregistry.yaml by `make generate`. Do not edit.
export const routes = {
  "versionCheck": {
    "method": "GET",
    "path": "/v2/",
    "honoPath": "/v2/",
    "parameters": []
  },
  "catalogList": {
    "method": "GET",
    "path": "/v2/_catalog",
    "honoPath": "/v2/_catalog",
    "parameters": [
      {
        "name": "n",
        "in": "query",
        "required": false,
        "schema": {
          "type": "integer",
          "minimum": 0
        }
      },
      {
        "name": "last",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 512
        }
      }
    ]
  },
  "manifestGet": {
    "method": "GET",
    "path": "/v2/{name}/manifests/{reference}",
    "honoPath": "/v2/:name{.+}/manifests/:reference",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "reference",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "reference",
          "maxLength": 160
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      }
    ]
  },
  "manifestHead": {
    "method": "HEAD",
    "path": "/v2/{name}/manifests/{reference}",
    "honoPath": "/v2/:name{.+}/manifests/:reference",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "reference",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "reference",
          "maxLength": 160
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      }
    ]
  },
  "blobGet": {
    "method": "GET",
    "path": "/v2/{name}/blobs/{digest}",
    "honoPath": "/v2/:name{.+}/blobs/:digest",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "digest",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "digest"
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      },
      {
        "name": "Range",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      }
    ]
  },
  "blobHead": {
    "method": "HEAD",
    "path": "/v2/{name}/blobs/{digest}",
    "honoPath": "/v2/:name{.+}/blobs/:digest",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "digest",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "digest"
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      }
    ]
  },
  "tagsList": {
    "method": "GET",
    "path": "/v2/{name}/tags/list",
    "honoPath": "/v2/:name{.+}/tags/list",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "n",
        "in": "query",
        "required": false,
        "schema": {
          "type": "integer",
          "minimum": 0
        }
      },
      {
        "name": "last",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 512
        }
      }
    ]
  },
  "referrersList": {
    "method": "GET",
    "path": "/v2/{name}/referrers/{digest}",
    "honoPath": "/v2/:name{.+}/referrers/:digest",
    "parameters": [
      {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "repository-path",
          "pattern": "^(f/)?([A-Za-z0-9.\\-_:\\[\\]]+/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$",
          "maxLength": 512
        }
      },
      {
        "name": "digest",
        "in": "path",
        "required": true,
        "schema": {
          "type": "string",
          "format": "digest"
        }
      },
      {
        "name": "ns",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "OCI-Namespace",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "X-Registry",
        "in": "header",
        "required": false,
        "schema": {
          "type": "string",
          "format": "registry-host",
          "maxLength": 262
        }
      },
      {
        "name": "artifactType",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 255
        }
      }
    ]
  }
} as const;
