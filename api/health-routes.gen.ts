// Generated from ociregistry.yaml by `make generate`. Do not edit.
export const healthRoutes = {
  "healthzGet": {
    "method": "GET",
    "path": "/healthz",
    "honoPath": "/healthz",
    "parameters": []
  },
  "healthGet": {
    "method": "GET",
    "path": "/health",
    "honoPath": "/health",
    "parameters": []
  },
  "readyzGet": {
    "method": "GET",
    "path": "/readyz",
    "honoPath": "/readyz",
    "parameters": []
  },
  "readinessGet": {
    "method": "GET",
    "path": "/readiness",
    "honoPath": "/readiness",
    "parameters": []
  }
} as const;
