"""The family's pages for requesting leave from school."""
