"""A nursery of workers that is ready, for tests of whatever starts workers."""

from __future__ import annotations

import time

import pytest

from modelwright.service.engine.process import base_variables
from modelwright.service.engine.warm import WarmStarter


def ready(starter):
    """Waits until the nursery has imported everything; gives it."""
    until = time.monotonic() + 60
    while (found := starter._look()) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    """A nursery that is ready."""
    folder = tmp_path_factory.mktemp("nursery")
    found = WarmStarter(folder, f"{folder}:nursery-of-tests:" + "-" * 100, base_variables({"EXTRA": "1"}))
    ready(found)
    yield found
    found.stop()
