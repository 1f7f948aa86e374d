import pytest
from sqlalchemy import select

from modelwright.service.errors import ExistsError, ForbiddenError, InvalidRequestError, NotThereError, SignInError
from modelwright.service.projects.roles import Role
from modelwright.service.projects.table import sign_ins, tokens

UNKNOWN = "Bearer mw_" + "0" * 32 + "_" + "a" * 43


def signed_in(context):
    token = context.projects.sign_in(context.projects.first_sign_in(5))
    return token, context.projects.authenticate(f"Bearer {token}")


def test_a_link_signs_in_once(context):
    code = context.projects.first_sign_in(5)
    token = context.projects.sign_in(code)
    assert context.projects.authenticate(f"Bearer {token}").role is Role.ADMIN
    with pytest.raises(SignInError):
        context.projects.sign_in(code)
    with pytest.raises(SignInError):
        context.projects.sign_in(context.projects.first_sign_in(-1))


def test_secrets_are_not_kept(context):
    token, principal = signed_in(context)
    code = context.projects.first_sign_in(5)
    with context.database.read() as connection:
        kept = [*connection.execute(select(tokens)).all(), *connection.execute(select(sign_ins)).all()]
    text = repr(kept)
    assert principal.token in text
    assert token.rpartition("_")[2] not in text
    assert code not in text


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer mw_x", "Basic abc", UNKNOWN])
def test_wrong_tokens(context, header):
    with pytest.raises(SignInError):
        context.projects.authenticate(header)


def test_another_secret(context):
    token, _ = signed_in(context)
    with pytest.raises(SignInError):
        context.projects.authenticate(f"Bearer {token[:-1]}{'a' if token[-1] != 'a' else 'b'}")


def test_tokens(context):
    _, admin = signed_in(context)
    token = context.projects.create_token(admin, Role.VIEWER, "ci")
    viewer = context.projects.authenticate(f"bearer {token}")
    assert (viewer.label, viewer.role, viewer.operator) == ("ci", Role.VIEWER, False)
    for act in (
        lambda: context.projects.tokens(viewer),
        lambda: context.projects.create_token(viewer, Role.ADMIN, "x"),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert "ci" in [row.label for row in context.projects.tokens(admin)]
    context.projects.revoke_token(admin, viewer.token)
    with pytest.raises(SignInError):
        context.projects.authenticate(f"Bearer {token}")
    with pytest.raises(NotThereError):
        context.projects.revoke_token(admin, viewer.token)


def test_projects(context):
    token, operator = signed_in(context)
    first = context.projects.create_project(operator, "vision")
    admin = context.projects.authenticate(f"Bearer {first}")
    assert (admin.project, admin.role) == ("vision", Role.ADMIN)
    assert context.projects.projects(admin) == ["vision"]
    assert context.projects.projects(operator) == ["default", "vision"]
    assert context.projects.authenticate(f"Bearer {token}", "vision").project == "vision"
    for header, project in ((token, "no"), (first, "default")):
        with pytest.raises(NotThereError):
            context.projects.authenticate(f"Bearer {header}", project)
    with pytest.raises(ExistsError):
        context.projects.create_project(operator, "vision")
    with pytest.raises(ForbiddenError):
        context.projects.create_project(admin, "other")
    for name in ("", "A", "../x", "a" * 65):
        with pytest.raises(InvalidRequestError):
            context.projects.create_project(operator, name)
