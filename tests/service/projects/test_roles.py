import pytest

from modelwright.service.errors import ForbiddenError
from modelwright.service.projects.roles import Role


def test_ranks(asking):
    asking(Role.ADMIN).require(Role.EDITOR)
    asking(Role.VIEWER).require(Role.VIEWER)
    with pytest.raises(ForbiddenError):
        asking(Role.VIEWER).require(Role.EDITOR)
    with pytest.raises(ForbiddenError):
        asking(Role.ADMIN).require_operator()
    asking(operator=True).require_operator()
