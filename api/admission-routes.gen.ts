// Generated from ociregistry.yaml by `make generate`. Do not edit.
export const admissionRoutes = {
  "healthzGet": {
    "method": "GET",
    "path": "/healthz",
    "honoPath": "/healthz",
    "parameters": []
  },
  "imagesValidate": {
    "method": "POST",
    "path": "/validate-image",
    "honoPath": "/validate-image",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 7340032,
      "schema": {
        "type": "object",
        "required": [
          "apiVersion",
          "kind",
          "request"
        ],
        "properties": {
          "apiVersion": {
            "type": "string",
            "const": "admission.k8s.io/v1"
          },
          "kind": {
            "type": "string",
            "const": "AdmissionReview"
          },
          "request": {
            "type": "object",
            "required": [
              "uid",
              "operation"
            ],
            "properties": {
              "uid": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1000
              },
              "operation": {
                "type": "string",
                "enum": [
                  "CREATE",
                  "UPDATE",
                  "DELETE",
                  "CONNECT"
                ]
              },
              "namespace": {
                "type": "string"
              },
              "name": {
                "type": "string"
              },
              "object": {},
              "oldObject": {}
            }
          }
        }
      }
    }
  }
} as const;
