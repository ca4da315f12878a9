// Generated from ociregistry.yaml by `make generate`. Do not edit.
export const metricsRoutes = {
  "metricsGet": {
    "method": "GET",
    "path": "/metrics",
    "honoPath": "/metrics",
    "parameters": []
  },
  "healthCheck": {
    "method": "GET",
    "path": "/healthz",
    "honoPath": "/healthz",
    "parameters": []
  }
} as const;
