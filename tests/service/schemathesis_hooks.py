"""Hooks for schemathesis: half of the requests name what is really there, so that answers are looked at, too.

Run by schemathesis in its own environment; what is there stands in the environment's variables.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

THERE = json.loads(os.environ["MODELWRIGHT_THERE"])
"""``tasks``, ``artifact``, ``input``, ``root``."""


def _chance(value: object, of: int) -> int:
    """A number that a value decides, so that the same request is made again."""
    return zlib.crc32(repr(value).encode()) % of


def _is(context: Any, method: str, path: str) -> bool:
    operation = context.operation
    return operation is not None and (operation.method.upper(), operation.path) == (method, path)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """A new task that can be made; names of tasks that are there."""
    number = _chance(body, 1 << 20)
    if _is(context, "POST", "/v1/tasks") and isinstance(body, dict) and number % 2:
        name = f"t{number}"
        new = {"name": name, "input": THERE["input"], "output": f"{THERE['root']}/{name}"}
        return {**body, **new, "template": "Onnx-To-Onnx", "description": "", "settings": {"verify": False}}
    return body


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """A task that is there, and its artifact."""
    number = _chance(path_parameters, 1 << 20)
    if not isinstance(path_parameters, dict) or "task" not in path_parameters or number % 2:
        return path_parameters
    found = {**path_parameters, "task": THERE["tasks"][number // 2 % len(THERE["tasks"])]}
    if "name" in found and number % 4 == 0:
        found["name"] = THERE["artifact"]
    return found


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """A folder that is there."""
    if _is(context, "GET", "/v1/storage") and isinstance(query, dict) and _chance(query, 2):
        return {**query, "url": THERE["input"]}
    return query
