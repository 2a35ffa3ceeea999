"""A MongoDB server of our own, for a start with nothing set up."""

from readmodels.embedded.errors import MongodError
from readmodels.embedded.sharing import embedded_mongod

__all__ = ["MongodError", "embedded_mongod"]
