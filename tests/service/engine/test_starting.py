import os

from modelwright.service.engine.starting import Beginning, FreshStarter
from modelwright.service.engine.worker import REQUEST


def test_a_fresh_worker_tells_how_it_ended(tmp_path):
    (tmp_path / REQUEST).write_text("no JSON")
    reads, writes = os.pipe()
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as errors:
        process = FreshStarter().start(
            Beginning(
                folder=tmp_path,
                scratch=tmp_path,
                variables={"PATH": os.environ["PATH"]},
                stdin=reads,
                stdout=out.fileno(),
                stderr=errors.fileno(),
            )
        )
    assert process.wait(0.0) is None
    assert process.wait(60) == 1
    assert process.wait(0.0) == 1
    process.close()
    os.close(reads)
    os.close(writes)
    assert "JSONDecodeError" in (tmp_path / "err").read_text()
    assert (tmp_path / "out").read_bytes() == b""
