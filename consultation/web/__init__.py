"""HTTP over the service: FastAPI, bearer tokens per role, RFC 9457 problem details, OpenAPI."""
