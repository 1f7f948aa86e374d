from modelwright.service.storage.commits import Commits, forget


def test_the_first_stands_until_it_is_forgotten(context):
    commits = Commits(context.database)
    assert commits.standing("s3://b/o", "m") is None
    assert commits.claim("s3://b/o", "m", b"1") == b"1"
    assert commits.claim("s3://b/o", "m", b"2") == b"1"
    assert commits.claim("s3://b/o", "n", b"2") == b"2"
    assert commits.claim("s3://b/p", "m", b"3") == b"3"
    with context.database.write() as connection:
        forget(connection, "s3://b/o")
    assert commits.standing("s3://b/o", "m") is None
    assert commits.standing("s3://b/p", "m") == b"3"
