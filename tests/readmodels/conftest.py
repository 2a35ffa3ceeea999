from tests.projections.conftest import driver, store

__all__ = ["driver", "store"]
