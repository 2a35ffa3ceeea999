"""The GraphQL types, derived from the dataclasses of documents and commands."""
