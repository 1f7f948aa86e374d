from modelwright.service.projects import repository


def test_tokens_are_counted(context):
    context.projects.sign_in(context.projects.first_sign_in(5))
    with context.database.read() as connection:
        assert [row.role for row in repository.list_tokens(connection, "default")] == ["admin"]
        assert repository.token_by_id(connection, "no") is None
        assert repository.project_exists(connection, "default")
        assert not repository.project_exists(connection, "Default")
