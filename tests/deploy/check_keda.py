"""Holds KEDA objects against their types; `make lint-deploy` runs it with an interpreter that has them."""

import sys
from pathlib import Path

import yaml
from cloudcoil.models.keda import v1alpha1


def unknown(given, known, where):
    """Keys of what was given that a type did not take."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            yield from unknown(value, known[key], f"{where}.{key}") if key in known else [f"{where}.{key}"]
    elif isinstance(given, list) and isinstance(known, list):
        for index, (one, other) in enumerate(zip(given, known, strict=True)):
            yield from unknown(one, other, f"{where}[{index}]")


for document in yaml.safe_load_all(Path(sys.argv[1]).read_text()):
    found = getattr(v1alpha1, document["kind"]).model_validate(document)
    name = f"{document['kind']} {document['metadata']['name']}"
    if left := list(unknown(document, found.model_dump(mode="json", by_alias=True, exclude_unset=True), name)):
        sys.exit("not known: " + ", ".join(left))
    print(name)
