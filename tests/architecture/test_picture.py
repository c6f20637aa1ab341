"""The pictures of the architecture agree with the code."""

import pytest

from tests.architecture.picture import PAGE, WITH_ROOMS, drawn, names

pytestmark = pytest.mark.slow


def test_the_picture_is_equal_to_the_imports() -> None:
    """`python -m tests.architecture picture` redraws them."""
    page = PAGE.read_text("utf-8")
    assert names(page) == ["packages", *WITH_ROOMS]
    assert drawn(page) == page
