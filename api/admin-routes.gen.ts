// Generated from ociregistry.yaml by `make generate`. Do not edit.
export const adminRoutes = {
  "versionGet": {
    "method": "GET",
    "path": "/admin/v1/version",
    "honoPath": "/admin/v1/version",
    "parameters": []
  },
  "upstreamsList": {
    "method": "GET",
    "path": "/admin/v1/upstreams",
    "honoPath": "/admin/v1/upstreams",
    "parameters": []
  },
  "missedList": {
    "method": "GET",
    "path": "/admin/v1/missed",
    "honoPath": "/admin/v1/missed",
    "parameters": []
  }
} as const;
