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
  },
  "missedClear": {
    "method": "POST",
    "path": "/admin/v1/missed/clear",
    "honoPath": "/admin/v1/missed/clear",
    "parameters": []
  },
  "imagesList": {
    "method": "GET",
    "path": "/admin/v1/images",
    "honoPath": "/admin/v1/images",
    "parameters": [
      {
        "name": "pattern",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 1024
        }
      },
      {
        "name": "sort",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "name",
            "size",
            "created",
            "pulled"
          ]
        }
      },
      {
        "name": "linkCheck",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "public",
            "strict"
          ]
        }
      }
    ]
  },
  "usageGet": {
    "method": "GET",
    "path": "/admin/v1/usage",
    "honoPath": "/admin/v1/usage",
    "parameters": []
  },
  "inspectGet": {
    "method": "GET",
    "path": "/admin/v1/inspect",
    "honoPath": "/admin/v1/inspect",
    "parameters": [
      {
        "name": "reference",
        "in": "query",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 1024
        }
      },
      {
        "name": "linkCheck",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "public",
            "strict"
          ]
        }
      }
    ]
  },
  "verifyRun": {
    "method": "POST",
    "path": "/admin/v1/verify",
    "honoPath": "/admin/v1/verify",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 16777216,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "images": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          },
          "platforms": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "type": "string",
              "maxLength": 256
            }
          },
          "deep": {
            "type": "boolean"
          },
          "refetch": {
            "type": "boolean"
          },
          "linkCheck": {
            "type": "string",
            "enum": [
              "public",
              "strict"
            ]
          }
        }
      }
    }
  },
  "loadRun": {
    "method": "POST",
    "path": "/admin/v1/load",
    "honoPath": "/admin/v1/load",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 16777216,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "images"
        ],
        "properties": {
          "images": {
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "image",
                "origin"
              ],
              "properties": {
                "image": {
                  "type": "string",
                  "maxLength": 1024
                },
                "origin": {
                  "type": "string",
                  "maxLength": 4096
                }
              }
            }
          },
          "platforms": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "type": "string",
              "maxLength": 256
            }
          },
          "concurrent": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000
          },
          "referrers": {
            "type": "boolean"
          },
          "pin": {
            "type": "boolean"
          },
          "as": {
            "type": "array",
            "maxItems": 1000,
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "from",
                "to"
              ],
              "properties": {
                "from": {
                  "type": "string",
                  "maxLength": 262
                },
                "to": {
                  "type": "string",
                  "maxLength": 262
                }
              }
            }
          }
        }
      }
    }
  },
  "archiveLoad": {
    "method": "POST",
    "path": "/admin/v1/load/archive",
    "honoPath": "/admin/v1/load/archive",
    "parameters": [
      {
        "name": "name",
        "in": "query",
        "required": true,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      },
      {
        "name": "platforms",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 4096
        }
      },
      {
        "name": "referrers",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "yes",
            "no"
          ]
        }
      },
      {
        "name": "pin",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "yes",
            "no"
          ]
        }
      },
      {
        "name": "as",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 16384
        }
      },
      {
        "name": "resolveRef",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "maxLength": 1024
        }
      },
      {
        "name": "unnamed",
        "in": "query",
        "required": false,
        "schema": {
          "type": "integer",
          "minimum": 0
        }
      }
    ],
    "body": {
      "contentType": "application/octet-stream"
    }
  },
  "pinSet": {
    "method": "POST",
    "path": "/admin/v1/pin",
    "honoPath": "/admin/v1/pin",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 1048576,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "patterns"
        ],
        "properties": {
          "patterns": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          }
        }
      }
    }
  },
  "pinRelease": {
    "method": "POST",
    "path": "/admin/v1/unpin",
    "honoPath": "/admin/v1/unpin",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 1048576,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "patterns"
        ],
        "properties": {
          "patterns": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          }
        }
      }
    }
  },
  "pruneRun": {
    "method": "POST",
    "path": "/admin/v1/prune",
    "honoPath": "/admin/v1/prune",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 1048576,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "patterns": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          },
          "createdBefore": {
            "type": "string",
            "format": "date-time"
          },
          "notPulledSince": {
            "type": "string",
            "format": "date-time"
          },
          "untagged": {
            "type": "boolean"
          },
          "maxSize": {
            "type": "integer",
            "minimum": 0
          },
          "dryRun": {
            "type": "boolean"
          }
        }
      }
    }
  },
  "inventoryGet": {
    "method": "GET",
    "path": "/admin/v1/inventory",
    "honoPath": "/admin/v1/inventory",
    "parameters": [
      {
        "name": "linkCheck",
        "in": "query",
        "required": false,
        "schema": {
          "type": "string",
          "choices": [
            "public",
            "strict"
          ]
        }
      }
    ]
  },
  "exportRun": {
    "method": "POST",
    "path": "/admin/v1/export",
    "honoPath": "/admin/v1/export",
    "parameters": [],
    "body": {
      "contentType": "application/json",
      "maxBytes": 134217728,
      "schema": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "references": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          },
          "patterns": {
            "type": "array",
            "items": {
              "type": "string",
              "maxLength": 1024
            }
          },
          "platforms": {
            "type": "array",
            "maxItems": 100,
            "items": {
              "type": "string",
              "maxLength": 256
            }
          },
          "referrers": {
            "type": "boolean"
          },
          "linkCheck": {
            "type": "string",
            "enum": [
              "public",
              "strict"
            ]
          },
          "have": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "digests",
              "images"
            ],
            "properties": {
              "digests": {
                "type": "array",
                "items": {
                  "type": "string",
                  "maxLength": 256
                }
              },
              "images": {
                "type": "array",
                "items": {
                  "type": "string",
                  "maxLength": 2048
                }
              }
            }
          }
        }
      }
    }
  },
  "importRun": {
    "method": "POST",
    "path": "/admin/v1/import",
    "honoPath": "/admin/v1/import",
    "parameters": [
      {
        "name": "pin",
        "in": "query",
        "required": false,
        "schema": {
          "type": "boolean"
        }
      },
      {
        "name": "dryRun",
        "in": "query",
        "required": false,
        "schema": {
          "type": "boolean"
        }
      }
    ],
    "body": {
      "contentType": "application/octet-stream"
    }
  },
  "refreshRun": {
    "method": "POST",
    "path": "/admin/v1/refresh",
    "honoPath": "/admin/v1/refresh",
    "parameters": []
  },
  "reloadRun": {
    "method": "POST",
    "path": "/admin/v1/reload",
    "honoPath": "/admin/v1/reload",
    "parameters": []
  },
  "stopRun": {
    "method": "POST",
    "path": "/admin/v1/stop",
    "honoPath": "/admin/v1/stop",
    "parameters": []
  }
} as const;
