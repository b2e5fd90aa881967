"""The description of the API: for machines as OpenAPI, for people as a page."""
