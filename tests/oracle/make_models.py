"""Makes the oracle models: `python make_models.py [NAME ...]`, run by an interpreter that has TensorFlow.

Everything goes to $MODELWRIGHT_ORACLE_CACHE (default ~/.cache/modelwright/oracle), one folder a model, listed in
INDEX.md. Every model is made in a process of its own, because TensorFlow does not give memory back. A model that is
already there is kept, unless `--again` is given.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

FAMILIES = (
    "applications", "transformers", "segmentation", "graphs", "layouts", "control_flow", "recurrent", "layers",
    "operators", "sessions",
)  # fmt: skip


def cache_folder() -> Path:
    """Where the models go."""
    default = Path.home() / ".cache" / "modelwright" / "oracle"
    return Path(os.environ.get("MODELWRIGHT_ORACLE_CACHE", str(default)))


def families() -> dict[str, dict[str, Any]]:
    """Every family's builders by model name, in the order in which they are made."""
    return {family: importlib.import_module(f"zoo.{family}").BUILDERS for family in FAMILIES}


def builders() -> dict[str, Any]:
    """Every model's name and builder, in the order in which they are made."""
    return {name: builder for members in families().values() for name, builder in members.items()}


def make_one(name: str) -> None:
    """Builds and exports one model in this process."""
    import keras
    import numpy as np
    from zoo.exporting import export

    seed = zlib.crc32(name.encode())
    keras.utils.set_random_seed(seed)
    export(builders()[name](np.random.default_rng(seed)), cache_folder() / name)


def make_all(names: list[str], *, again: bool) -> int:
    """Makes each model in a child process; returns how many failed."""
    failed = 0
    for name in names:
        if again or not (cache_folder() / name / "meta.json").is_file():
            started = time.monotonic()
            code = subprocess.run([sys.executable, __file__, "--one", name], check=False).returncode
            print(f"{name}: {'made' if code == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
            failed += code != 0
        write_index()
    return failed


def write_index() -> None:
    """Lists what is in the cache: model, paths, frozen inputs and outputs, references. models.json: all names."""
    lines = ["# Oracle models", "", "| model | SavedModel | frozen graph | inputs | outputs | references |"]
    lines.append("|---|---|---|---|---|---|")
    for path in sorted(cache_folder().glob("*/meta.json")):
        meta = json.loads(path.read_text())
        frozen = meta["frozen"] or {"path": "", "inputs": [], "outputs": []}
        cells = [
            path.parent.name,
            meta["saved_model"] or "",
            frozen["path"],
            " ".join(frozen["inputs"]),
            " ".join(frozen["outputs"]),
            " ".join(sorted(file.name for file in path.parent.glob("*.npz"))),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    keys = "Keys of `ref_b*.npz`: `in:`/`out:` + names of the signature; of `frozen_b*.npz`: + tensor names."
    lines += ["", keys, ""]
    (cache_folder() / "INDEX.md").write_text("\n".join(lines))
    names = {family: list(members) for family, members in families().items()}
    (cache_folder() / "models.json").write_text(json.dumps(names, indent=1) + "\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="models to make; default all")
    parser.add_argument("--again", action="store_true", help="make models that are there already once more")
    parser.add_argument("--one", metavar="NAME", help="make this model in this process")
    parser.add_argument("--list", action="store_true", help="print the names")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    cache_folder().mkdir(parents=True, exist_ok=True)
    if arguments.one:
        make_one(arguments.one)
        return 0
    names = arguments.names or list(builders())
    if arguments.list:
        print("\n".join(names))
        return 0
    return min(make_all(names, again=arguments.again), 1)


if __name__ == "__main__":
    sys.exit(main())
