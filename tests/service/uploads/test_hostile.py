"""What strangers try with names and archives, by REST: it is refused, and nothing of it is left anywhere."""

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from http.client import HTTPConnection
from urllib.parse import quote

import httpx
import pytest

from modelwright.service.uploads import archives

LEADS_OUT = [
    "../x",
    "a/../../x",
    "a/../x",
    "/etc/cron.d/x",
    "//server/share",
    "a//b",
    "..",
    "a/.",
    "a/",
    "..\\x",
    "a\\..\\..\\x",
    "C:\\x",
    "C:/x",
    "c:x",
    "\\\\server\\share\\x",
    "file:///etc/x",
]
STRANGE = [
    ".ssh/authorized_keys",
    ".modelwright/1.json",
    "a/.hidden",
    "a\0.onnx",
    "a\nb",
    "a\x7f",
    "a\x85b",
    "a\u202exnno.exe",
    "a\u200bb",
    "\ufeffa",
    "a\u2028b",
    "\uff0e\uff0e/x",
    "\u2024\u2024/x",
    "a\uff0fb",
    "..\uff3cx",
    "con",
    "NUL.onnx",
    "a/lpt1.pb",
    "a.",
    "a ",
    "a*b",
    "a?",
    'a"b',
    "a|b",
    "<a>",
    "x" * 201,
    "模" * 70,
    "/".join(["a"] * 600),
]


@pytest.fixture(scope="module")
def http(live, operator_token):
    new = {"name": "hostile"}
    answer = httpx.post(f"{live[1]}/v1/projects", json=new, headers={"Authorization": f"Bearer {operator_token}"})
    with httpx.Client(base_url=live[1], headers={"Authorization": f"Bearer {answer.json()['token']}"}) as found:
        yield found


@pytest.fixture(scope="module")
def everything(live):
    """All that lies in the data folder, except for what workers and the database do there."""
    data = live[0].settings.data

    def listing():
        return {
            str(path.relative_to(data))
            for path in data.rglob("*")
            if not path.is_relative_to(data / "work") and not path.name.startswith("service.sqlite3")
        }

    return listing


def test_files_of_such_names_are_refused(http, everything):
    upload = http.post("/v1/uploads").json()["id"]
    before = everything()
    wire = HTTPConnection(http.base_url.host, http.base_url.port)  # unlike others, it sends paths as they are
    for name in [*LEADS_OUT, *STRANGE]:
        for spelled in {quote(name, safe=""), quote(name)}:
            path = f"/v1/uploads/{upload}/files/{spelled}"
            wire.request("PATCH", path, b"x", {"Authorization": http.headers["Authorization"]})
            answer = wire.getresponse()
            text = answer.read().decode()
            assert answer.status in (404, 405, 422), (name, text)
            assert answer.headers["content-type"] == "application/problem+json"
    wire.close()
    assert everything() == before
    assert http.get(f"/v1/uploads/{upload}").json()["files"] == {}


def zipped(*entries, method=zipfile.ZIP_STORED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(*entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for item, content in entries:
            item = item if isinstance(item, tarfile.TarInfo) else tarfile.TarInfo(item)
            item.size = len(content) if item.isreg() else item.size
            archive.addfile(item, io.BytesIO(content))
    return data.getvalue()


def with_mode(name, mode):
    item = zipfile.ZipInfo(name)
    item.external_attr = mode << 16
    return item


def of_kind(kind, link=""):
    item = tarfile.TarInfo("x")
    item.type, item.linkname = kind, link
    return item


def renamed(data, old, new):
    """The archive with another name in it, of the same length: what no packer would write."""
    assert len(old) == len(new)
    assert data.count(old) == 2
    return data.replace(old, new)


def damaged(data):
    """The same with one byte changed."""
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def one_name_outside_another_inside():
    """A zip whose list of files says ``a/b/x``, and whose file says ``../../x``."""
    data = zipped(("a/b/cx", b"1"))
    place = data.index(b"a/b/cx")
    return data[:place] + b"../../" + data[place + 6 :]


def large_header():
    """A tar of 100 kB, compressed, with an extended header of 100 MB."""
    item = tarfile.TarInfo("././@PaxHeader")
    item.type, item.size = tarfile.XHDTYPE, 100 << 20
    return gzip.compress(item.tobuf() + bytes(100 << 20), 1)


def large_list():
    """A zip whose list of files has 8 MB."""
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 8 << 20, 0, 0)
    return bytes(8 << 20) + end


def overlapping():
    """A zip of which 200 entries share one piece of 4 MB."""
    data = zipped(("x000", bytes(4 << 20)), method=zipfile.ZIP_DEFLATED)
    start = data.index(b"PK\1\2")
    body, entry = data[:start], data[start : data.index(b"PK\5\6")]
    entries = b"".join(entry.replace(b"x000", b"x%03d" % number) for number in range(200))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 200, 200, len(entries), len(body), 0)
    return body + entries + end


ARCHIVES = {
    **{f"zip {name!a}": lambda name=name: zipped((name, b"x")) for name in LEADS_OUT if not name.endswith("/")},
    **{f"zip {name!a}": lambda name=name: zipped((name, b"x")) for name in STRANGE if "\0" not in name},
    **{f"tar {name!a}": lambda name=name: tarred((name, b"x")) for name in LEADS_OUT if not name.endswith(("/", "."))},
    **{f"tar {name!a}": lambda name=name: tarred((name, b"x")) for name in STRANGE if "\0" not in name},
    "zip with a null byte": lambda: renamed(zipped(("axb.onnx", b"x")), b"axb", b"a\0b"),
    "zip with a link": lambda: zipped((with_mode("x", stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "zip with a device": lambda: zipped((with_mode("x", stat.S_IFCHR | 0o666), b"")),
    "zip with a pipe": lambda: zipped((with_mode("x", stat.S_IFIFO | 0o666), b"")),
    "zip with a socket": lambda: zipped((with_mode("x", stat.S_IFSOCK | 0o666), b"")),
    "zip with a name twice": lambda: renamed(zipped(("a1", b"x"), ("a2", b"y")), b"a2", b"a1"),
    "zip with file and folder": lambda: zipped(("a", b"x"), ("a/b", b"y")),
    "zip with two names for one file": one_name_outside_another_inside,
    "zip that is cut": lambda: zipped(("a", bytes(100)))[:60] + zipped(("a", bytes(100)))[-22:],
    "tar with a link": lambda: tarred((of_kind(tarfile.SYMTYPE, "/etc"), b""), ("x/passwd", b"x")),
    "tar with a hard link": lambda: tarred((of_kind(tarfile.LNKTYPE, "/etc/passwd"), b"")),
    "tar with a device": lambda: tarred((of_kind(tarfile.CHRTYPE), b"")),
    "tar with a block device": lambda: tarred((of_kind(tarfile.BLKTYPE), b"")),
    "tar with a pipe": lambda: tarred((of_kind(tarfile.FIFOTYPE), b"")),
    "tar with a name twice": lambda: tarred(("a", b"x"), ("a", b"y")),
    "tar that is cut": lambda: gzip.compress(tarred(("a", bytes(5000))))[:-20],
    "tar, damaged between files": lambda: b"uxxar".join(tarred(("a", b"x"), ("b", b"y")).rsplit(b"ustar", 1)),
    "tar.gz, damaged": lambda: damaged(gzip.compress(tarred(("a", random.Random(0).randbytes(5000))))),
    "tar.bz2, damaged": lambda: damaged(bz2.compress(tarred(("a", random.Random(0).randbytes(5000))))),
    "tar.xz, damaged": lambda: damaged(lzma.compress(tarred(("a", random.Random(0).randbytes(5000))))),
}
BOMBS = {
    "zip of zeros": lambda: zipped(("x", bytes(80 << 20)), method=zipfile.ZIP_DEFLATED),
    "zip of overlapping entries": overlapping,
    "zip with a large list": large_list,
    "zip of many files": lambda: zipped(*((f"{number}", b"") for number in range(101))),
    "tar of many files": lambda: tarred(*((f"{number}", b"") for number in range(101))),
    "tar.gz of zeros": lambda: gzip.compress(tarred(("x", bytes(80 << 20))), 9),
    "tar.bz2 of zeros": lambda: bz2.compress(tarred(("x", bytes(80 << 20)))),
    "tar.xz of zeros": lambda: lzma.compress(tarred(("x", bytes(80 << 20))), preset=0),
    "tar.gz with a large header": large_header,
}


def refused(http, everything, data):
    upload = http.post("/v1/uploads").json()["id"]
    assert http.patch(f"/v1/uploads/{upload}/files/model.zip", content=data).status_code == 200
    before = everything()
    answer = http.post(f"/v1/uploads/{upload}/complete")
    assert everything() == before
    assert http.get(f"/v1/uploads/{upload}").json()["files"] == {"model.zip": len(data)}
    http.delete(f"/v1/uploads/{upload}")
    return answer


@pytest.mark.parametrize("make", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_is_refused(http, everything, make):
    answer = refused(http, everything, make())
    assert (answer.status_code, answer.json()["code"]) == (422, "MW-S001"), answer.text


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_without_much_memory(http, everything, make, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 100)
    data = make()
    tracemalloc.start()
    try:
        answer = refused(http, everything, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.json()["code"] in ("MW-S001", "MW-S008"), answer.text
    assert peak < 48 << 20


def test_what_finder_adds_is_left_out(http):
    data = zipped(("net/a.onnx", b"1"), ("__MACOSX/net/._a.onnx", b"2"), ("net/.DS_Store", b"3"))
    upload = http.post("/v1/uploads").json()["id"]
    http.patch(f"/v1/uploads/{upload}/files/model.zip", content=data)
    url = http.post(f"/v1/uploads/{upload}/complete").json()["url"]
    entries = http.get("/v1/storage", params={"url": url}).json()["entries"]
    assert [item["name"] for item in entries] == ["a.onnx"]
