import json
from dataclasses import replace

import pytest

from modelwright.service.storage.local_place import LocalPlace
from modelwright.service.storage.place import HIDDEN
from modelwright.service.storage.publishing import Manifest, files_of, finish, publish, read_manifest


@pytest.fixture
def made(tmp_path):
    def make(run=1, lease="L", **files):
        folder = tmp_path / f"results-{run}-{lease}"
        for name, text in files.items():
            path = folder / "model" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        manifest = Manifest(task="t", run=run, folder=f"t.{run}.{lease}", files=files_of(folder), ending={"by": lease})
        return folder, manifest

    return make


def shown(output):
    return {path.relative_to(output).as_posix(): path.read_text() for path in output.rglob("*") if path.is_file()}


def test_nothing_is_seen_before_the_manifest_and_all_after(made, tmp_path):
    out, place = tmp_path / "out", LocalPlace(path=tmp_path / "out")
    folder, manifest = made(a="1", b="2")
    assert read_manifest(place, "t", 1) is None
    assert publish(place, folder, manifest) == manifest
    assert read_manifest(place, "t", 1) == manifest
    assert not (out / "model").exists()
    finish(place, manifest)
    finish(place, manifest)
    assert shown(out) == {f"{HIDDEN}/t.1.json": json.dumps(manifest.data()), "model/a": "1", "model/b": "2"}


def test_the_first_to_commit_wins(made, tmp_path):
    out, place = tmp_path / "out", LocalPlace(path=tmp_path / "out")
    first, second = made(a="1"), made(lease="M", a="2")
    publish(place, *first)
    assert publish(place, *second) == first[1]
    finish(place, first[1])
    assert (out / "model/a").read_text() == "1"
    assert {path.name for path in (out / HIDDEN).iterdir()} == {"t.1.json"}


def test_broken_off_anywhere_it_is_finished_later(made, tmp_path):
    out, place = tmp_path / "out", LocalPlace(path=tmp_path / "out")
    folder, manifest = made(a="1", b="2")
    (out / HIDDEN / "t.1.dead").mkdir(parents=True)
    publish(place, folder, manifest)
    (out / "model").mkdir()
    (out / HIDDEN / manifest.folder / "model/a").rename(out / "model/a")
    finish(place, read_manifest(place, "t", 1))
    assert {name for name in shown(out) if not name.startswith(HIDDEN)} == {"model/a", "model/b"}
    assert {path.name for path in (out / HIDDEN).iterdir()} == {"t.1.json"}


def test_another_run_takes_the_place_of_the_first(made, tmp_path):
    out, place = tmp_path / "out", LocalPlace(path=tmp_path / "out")
    for run, files in ((1, {"a": "1", "old": "x"}), (2, {"a": "2"})):
        folder, manifest = made(run, **files)
        finish(place, publish(place, folder, manifest))
    assert (out / "model/a").read_text() == "2"
    assert not (out / "model/old").exists()
    folder, manifest = made(3)
    folder.mkdir()
    finish(place, publish(place, folder, replace(manifest, files=())))
    assert not (out / "model").exists()
