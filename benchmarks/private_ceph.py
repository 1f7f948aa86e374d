"""Ceph's object gateway as a private instance: one monitor, one OSD in memory, one gateway (Debian's packages)."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from pathlib import Path

from private_servers import Server, free_port

NEEDED = ("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph-authtool", "monmaptool")
_SETTINGS = """
[global]
fsid = {fsid}
mon host = {monitor}
mon initial members = a
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = 2147483648
run dir = {folder}
admin socket = {folder}/$name.$pid.asok
log file = {folder}/$name.log
pid file =
mon data = {folder}/mon
osd data = {folder}/osd
mon data avail crit = 0
ms bind ipv6 = false
public addr = 127.0.0.1
keyring = {folder}/keyring
osd class update on start = false
[osd]
keyring = {folder}/osd.keyring
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:{port}
"""


def missing() -> list[str]:
    """What is not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Ceph(Server):
    """The gateway, with the daemons that it needs; the key is ``key`` and its secret ``secret``."""

    def __init__(self, folder: Path) -> None:
        for name in ("mon", "osd"):
            (folder / name).mkdir(parents=True)
        port, first, second = free_port(), free_port(), free_port()
        self._folder = folder
        self._fsid = str(uuid.uuid4())
        self._monitor = f"[v2:127.0.0.1:{first},v1:127.0.0.1:{second}]"
        settings = _SETTINGS.format(fsid=self._fsid, monitor=self._monitor, folder=folder, port=port)
        (folder / "ceph.conf").write_text(settings)
        gateway = [*self._command_of("radosgw"), "-n", "client.admin", "-f", f"--keyring={folder}/keyring"]
        super().__init__(folder, "radosgw", gateway, port)
        self._mon = Server(folder, "mon", [*self._command_of("ceph-mon"), "-i", "a", "-f"], first)
        self._osd = Daemon(folder, "osd", [*self._command_of("ceph-osd"), "-i", "0", "-f"], 0)

    def _command_of(self, program: str) -> list[str]:
        return [shutil.which(program) or program, "-c", str(self._folder / "ceph.conf")]

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, timeout=120)

    def _ceph(self, *words: str) -> None:
        self._run(*self._command_of("ceph"), "--connect-timeout", "60", *words)

    def start(self) -> None:
        """Makes the cluster, then starts the gateway and makes its user."""
        everything = ("--cap", "mon", "allow *")
        keys = shutil.which("ceph-authtool") or ""
        self._run(keys, "keyring", "--create-keyring", "--gen-key", "-n", "mon.", *everything)
        self._run(keys, "keyring", "--gen-key", "-n", "client.admin", *everything, "--cap", "osd", "allow *")
        mapper = shutil.which("monmaptool") or ""
        self._run(mapper, "--create", "--clobber", "--fsid", self._fsid, "--addv", "a", self._monitor, "monmap")
        self._run(*self._command_of("ceph-mon"), "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self._mon.start()
        identity = str(uuid.uuid4())
        self._ceph("osd", "new", identity)
        self._ceph("auth", "get-or-create", "osd.0", "mon", "allow profile osd", "osd", "allow *", "-o", "osd.keyring")
        self._run(*self._command_of("ceph-osd"), "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._osd.start()
        self._ceph("osd", "crush", "add", "osd.0", "1", "root=default", "host=localhost")
        super().start()
        user = ("user", "create", "--uid=test", "--display-name=test", "--access-key=key", "--secret-key=secret")
        self._run(*self._command_of("radosgw-admin"), *user)

    def kill(self) -> None:
        """Kills the gateway and its daemons."""
        super().kill()
        self._osd.kill()
        self._mon.kill()


class Daemon(Server):
    """A daemon on ports of its own choice; others wait for it."""

    def listens(self) -> bool:
        """It is given a moment."""
        time.sleep(1)
        return True


def ceph(folder: Path) -> Ceph:
    """Ceph's gateway in a folder of its own."""
    server = Ceph(folder / "ceph")
    server.start()
    return server
