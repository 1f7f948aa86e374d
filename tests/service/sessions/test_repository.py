from modelwright.service.sessions import repository


def test_what_is_over_is_not_found_and_goes(context, asking):
    token = context.projects.sign_in(context.projects.first_sign_in(1))[3:35]
    common = {"token": token, "project": "default", "own_token": False, "created": "now"}
    with context.database.write() as connection:
        repository.add(connection, secret_hash="a" * 64, until=10.0, **common)
        repository.add(connection, secret_hash="b" * 64, until=20.0, **common)
        assert repository.get(connection, "a" * 64, 9.0).token == token
        assert repository.get(connection, "a" * 64, 10.0) is None
        repository.remove_old(connection, 15.0)
        assert repository.get(connection, "a" * 64, 9.0) is None
        repository.set_project(connection, "b" * 64, "default")
        repository.remove(connection, "b" * 64)
        assert repository.get(connection, "b" * 64, 9.0) is None
