"""Every room has few modules, a docstring, and imports in one direction without circles."""

import pytest

from tests.architecture.rooms import CLASSES_ALLOWED, ROOMS_ALLOWED, public_methods, rooms, too_large

pytestmark = pytest.mark.slow


def test_imports_go_one_way_between_rooms_and_in_no_circle() -> None:
    assert [up for room in rooms() for up in room.up] == []
    assert [circle for room in rooms() for circle in room.circles] == []


def test_no_room_module_or_class_is_larger_than_it_may_be() -> None:
    assert too_large() == []


def test_what_may_be_larger_is_there() -> None:
    assert set(ROOMS_ALLOWED) <= {room.name for room in rooms()}
    assert set(CLASSES_ALLOWED) <= public_methods().keys()
