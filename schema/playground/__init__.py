"""The playground: GraphiQL, from files that set-up fetched or else from a public CDN."""

from schema.playground.page import playground_page, playground_policy
from schema.playground.routes import playground_routes

__all__ = ["playground_page", "playground_policy", "playground_routes"]
