"""Makes ``tests/fixtures/mindir/encrypted``: a model and its checkpoint as MindSpore encrypts them, one key a cipher.

Run under an interpreter that has MindSpore 2.10. Keys are the bytes 0, 1, 2, ..., as many as the file's name says.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn

FOLDER = Path(__file__).parents[1] / "fixtures/mindir/encrypted"
CIPHERS = (("AES-GCM", 16), ("AES-GCM", 24), ("AES-GCM", 32), ("AES-CBC", 16), ("AES-CBC", 32), ("SM4-CBC", 16))


def main() -> None:
    """Writes all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    net = nn.Dense(3, 4)
    x = ms.Tensor(np.arange(6).reshape(2, 3).astype(np.float32))
    name = "in:" + "input"
    ms.export(net, x, file_name=str(FOLDER / "plain"), file_format="MINDIR")
    ms.save_checkpoint(net, str(FOLDER / "plain.ckpt"))
    ms.save_checkpoint(net, str(FOLDER / "checked.ckpt"), crc_check=True)
    for mode, size in CIPHERS:
        stem, key = str(FOLDER / f"{mode}-{size}"), bytes(range(size))
        ms.export(net, x, file_name=stem, file_format="MINDIR", enc_key=key, enc_mode=mode)
        ms.save_checkpoint(net, f"{stem}.ckpt", enc_key=key, enc_mode=mode)
    np.savez(FOLDER / "expected.npz", **{name: x.asnumpy(), "out:": net(x).asnumpy()})
    for path in FOLDER.iterdir():
        path.chmod(0o644)
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} files\n")


if __name__ == "__main__":
    main()
