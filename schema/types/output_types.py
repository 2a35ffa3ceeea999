"""Documents as types of the API. The documents themselves are what is resolved: these classes only
declare, so that answering a field is reading an attribute."""

from functools import cache
from typing import Any

import strawberry

from readmodels import values
from schema.types import money
from schema.types.fields import api_fields, description_of, graphql_type
from schema.types.nodes import NODES, Node


@cache
def output_type(declared: type) -> Any:
    """The object type of a document or of a value in one; it has the name of its class."""
    if declared in (values.Money, values.MoneySum):
        return money.Money
    annotations, namespace = {}, {}
    for field in api_fields(declared):
        annotations[field.name] = graphql_type(field.type, output_type)
        namespace[field.name] = strawberry.field(description=field.description)
    is_node = declared in NODES.values()
    if is_node:
        del annotations["id"], namespace["id"]
    made = type(
        declared.__name__,
        (Node,) if is_node else (),
        {
            "__annotations__": annotations,
            "__module__": __name__,
            **namespace,
            "is_type_of": classmethod(lambda cls, obj, info: isinstance(obj, declared)),
        },
    )
    return strawberry.type(made, description=description_of(declared))
