import hashlib

import pytest
from sqlalchemy import select

from modelwright.service.errors import ForbiddenError, NotThereError, SignInError
from modelwright.service.projects.roles import Role
from modelwright.service.sessions.service import SessionService, check_csrf, csrf_token
from modelwright.service.sessions.table import sessions


@pytest.fixture
def token(context, asking):
    return context.projects.create_token(asking(Role.ADMIN), Role.EDITOR, "an editor")


def test_a_session_belongs_to_its_token(context, asking, token):
    session = context.sessions.begin(token)
    assert context.sessions.find(session.secret).principal.label == "an editor"
    with context.database.read() as connection:
        kept = connection.execute(select(sessions.c.secret_hash)).scalars().all()
    assert kept == [hashlib.sha256(session.secret.encode()).hexdigest()]
    context.projects.revoke_token(asking(Role.ADMIN), token[3:35])
    with pytest.raises(SignInError):
        context.sessions.find(session.secret)


def test_a_link_begins_one_session(context):
    code = context.projects.first_sign_in(1)
    session = context.sessions.begin_by_link(code)
    assert session.principal.operator
    with pytest.raises(SignInError):
        context.sessions.begin_by_link(code)
    context.sessions.end(session.secret)
    with pytest.raises(SignInError):
        context.sessions.find(session.secret)
    with pytest.raises(SignInError):
        context.projects.by_id(session.principal.token)


def test_ending_a_session_leaves_a_token_that_was_there_before(context, token):
    session = context.sessions.begin(token)
    context.sessions.end(session.secret)
    context.sessions.end("no such session")
    assert context.projects.authenticate(f"Bearer {token}").label == "an editor"


def test_a_session_ends_with_its_time(context, token):
    short = SessionService(context.database, context.projects, 1e-9)
    with pytest.raises(SignInError):
        short.find(short.begin(token).secret)


def test_operators_choose_projects(context, asking, token):
    context.projects.create_project(asking(Role.ADMIN, operator=True), "other")
    session = context.sessions.begin_by_link(context.projects.first_sign_in(1))
    context.sessions.choose_project(session, "other")
    assert context.sessions.find(session.secret).principal.project == "other"
    with pytest.raises(NotThereError):
        context.sessions.choose_project(session, "nowhere")
    with pytest.raises(ForbiddenError):
        context.sessions.choose_project(context.sessions.begin(token), "other")


def test_requests_that_change_something_need_the_csrf_token(context, token):
    session = context.sessions.begin(token)
    other = context.sessions.begin(token)
    assert context.sessions.requested(session.secret, "GET", None, None).label == "an editor"
    for wrong in (None, "", "é", csrf_token(other.secret)):
        with pytest.raises(ForbiddenError):
            context.sessions.requested(session.secret, "POST", wrong, None)
    assert context.sessions.requested(session.secret, "POST", csrf_token(session.secret), None).label == "an editor"
    with pytest.raises(NotThereError):
        context.sessions.requested(session.secret, "GET", None, "other")
    check_csrf(session.secret, csrf_token(session.secret))
