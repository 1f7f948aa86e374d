"""Stand-ins for Ascend's compilers and for ssh, for the tests of this directory."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

DOUBLES = Path(__file__).parent / "doubles"
sys.path.insert(0, str(DOUBLES))

_PROGRAM = """#!{python}
import sys
sys.argv[0] = {name!r}
sys.path.insert(0, {doubles!r})
import atc_double
sys.exit(atc_double.main())
"""
_LITE = """#!{python}
import sys
sys.path[:0] = [{doubles!r}]
import os
assert os.environ["LD_LIBRARY_PATH"].startswith({libraries!r}), os.environ["LD_LIBRARY_PATH"]
import lite_double
sys.exit(lite_double.main())
"""
_SOURCED = """#!/bin/sh
test "$SOURCED" = yes || {{ echo "E40000: not sourced"; exit 9; }}
exec {program} "$@"
"""
_SSH = """#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
test "$1" = npu || {{ echo "ssh: Could not resolve hostname $1" >&2; exit 255; }}
echo "$2" >> {log}
exec sh -c "$2"
"""
_SCP = """#!/bin/sh
args=""
for arg in "$@"; do last="$arg"; done
while [ "$1" = -q ] || [ "$1" = -o ]; do if [ "$1" = -o ]; then shift; fi; shift; done
for arg in "$@"; do
    [ "$arg" = "$last" ] || cp -- $(echo "$arg" | sed 's/^npu://') "$(echo "$last" | sed 's/^npu://')" || exit 1
done
"""


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def no_compiler(monkeypatch, tmp_path):
    """No compiler of this machine takes part."""
    for name in ("ASCEND_TOOLKIT_HOME", "ASCEND_HOME_PATH", "ASCEND_HOME", "DDK_HOME", "ATC_DOUBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("MODELWRIGHT_ASCEND_HOME", raising=False)
    monkeypatch.delenv("MODELWRIGHT_ASCEND_HOST", raising=False)
    monkeypatch.delenv("MODELWRIGHT_LITE_HOME", raising=False)
    monkeypatch.delenv("LITE_HOME", raising=False)
    monkeypatch.setattr("modelwright.backends.ascend.environment._USUAL", (str(tmp_path / "nowhere"),))


@pytest.fixture
def toolkit(tmp_path) -> Path:
    """A toolkit's folder with the stand-ins, which set_env.sh must have been sourced for."""
    home = tmp_path / "toolkit"
    for name in ("atc", "omg"):
        text = _PROGRAM.format(python=sys.executable, name=name, doubles=str(DOUBLES))
        write_program(home / "compiler" / "bin" / f"{name}.py", text)
        program = home / "compiler" / "bin" / f"{name}.py"
        write_program(program.with_suffix(""), _SOURCED.format(program=program))
    (home / "set_env.sh").write_text(f"export SOURCED=yes\nexport PATH={home}/compiler/bin:$PATH\necho noise\n")
    return home


@pytest.fixture
def remote(tmp_path, monkeypatch) -> Path:
    """ssh and scp that know one host, ``npu``, which is this machine; gives the log of remote commands."""
    log = tmp_path / "remote.log"
    write_program(tmp_path / "net" / "ssh", _SSH.format(log=log))
    write_program(tmp_path / "net" / "scp", _SCP)
    paths = {str(Path(found).parent) for name in ("sh", "rm", "mkdir") if (found := shutil.which(name))}
    monkeypatch.setenv("PATH", ":".join([str(tmp_path / "net"), *sorted(paths)]))
    return log


@pytest.fixture
def lite(tmp_path) -> Path:
    """A folder of MindSpore Lite with the stand-in, which must find its libraries."""
    home = tmp_path / "lite"
    libraries = str(home / "tools/converter/lib")
    text = _LITE.format(python=sys.executable, doubles=str(DOUBLES), libraries=libraries)
    write_program(home / "tools/converter/converter/converter_lite", text)
    return home
