"""The description of the API: as OpenAPI for machines, as a page for people."""
