"""The lake to publish is that of the warehouse's tests."""

from tests.warehouse.conftest import Fill, fill, lake

__all__ = ["Fill", "fill", "lake"]
