import importlib
import pkgutil

import readmodels
from projections.catalogue import all_projections
from readmodels.view import VIEWS


def test_views_and_projections_pair_off_by_name() -> None:
    for module in pkgutil.iter_modules(readmodels.__path__):
        importlib.import_module(f"readmodels.{module.name}")
    views = sorted(view.name for view in VIEWS.values())
    assert [projection.name for projection in all_projections()] == views


def test_a_projection_stands_in_the_file_of_its_view() -> None:
    for projection in all_projections():
        document = projection.view.document
        assert document.__module__ == f"readmodels.{projection.name}"
