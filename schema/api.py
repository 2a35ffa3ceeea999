"""The API as one schema."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from schema.mutations import Mutation
from schema.queries import Query
from schema.subscriptions import Subscription
from schema.types.arguments import enable_checks
from schema.types.scalars import SCALARS

_DECLARED = strawberry.Schema(
    Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS)
)

SCHEMA: GraphQLSchema = _DECLARED._schema
"""As the executor takes it: requests are run by it directly, each operation prepared once."""

assert SCHEMA.query_type is not None
enable_checks(_DECLARED, SCHEMA.query_type)


def sdl() -> str:
    """The schema in GraphQL's own language."""
    return f"{_DECLARED.as_str()}\n"
