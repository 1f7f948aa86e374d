"""Everything about a net that cannot be converted, collected to be reported at once."""

from __future__ import annotations

from typing import Final

from modelwright.errors import ConversionError, UnsupportedError
from modelwright.frontends.caffe.network import Layer

_HINT = "cut the net before these layers with --outputs, or tell which fork of Caffe defines them"

_SHOWN: Final = 8
"""Faults of single layers that are listed."""


class Problems:
    """What was found wrong so far."""

    def __init__(self, path: str) -> None:
        """Makes an empty collection for the prototxt at ``path``."""
        self._path = path
        self._unsupported: dict[str, dict[str, None]] = {}
        self._errors: dict[str, ConversionError] = {}

    def __bool__(self) -> bool:
        return bool(self._unsupported or self._errors)

    def unsupported(self, layer: Layer) -> None:
        """A layer of a type that has no converter."""
        if layer.type == "Python":
            code = layer.params.get("python_param", {})
            where = f"{code.get('module', '?')}.{code.get('layer', '?')}"
            kind = f"Python ({where}, code that is in no file of the model)"
        else:
            kind = layer.type
        self._unsupported.setdefault(kind, {})[layer.name] = None

    def error(self, error: ConversionError) -> None:
        """A layer that cannot be converted as it is."""
        self._errors.setdefault(error.message, error)

    def unknown_fields(self, layer: Layer) -> None:
        """Fields of a layer that are described nowhere."""
        for name, line in layer.unknown.items():
            self.error(
                ConversionError(
                    f"{self._path}:{line}: {layer.type} {layer.name!r} has a field that is not known: {name}",
                    hint="delete it if it changes nothing; forks of Caffe add fields: tell which one wrote the net",
                    node=layer.name,
                )
            )

    def raise_all(self) -> None:
        """Raises what was found, as one error.

        Raises:
            ConversionError: One layer has one fault.
            UnsupportedError: There is more.
        """
        if not self:
            return
        errors = list(self._errors.values())
        if not self._unsupported and len(errors) == 1:
            raise errors[0]
        items = [
            f"{kind} ({len(names)} layer{'s' * (len(names) > 1)}): {', '.join(_few(names))}"
            for kind, names in sorted(self._unsupported.items())
        ]
        kinds = len(self._unsupported)
        what = f"{kinds} layer type{'s' * (kinds > 1)} not supported" if kinds else "layers that cannot be converted"
        raise UnsupportedError(
            f"{self._path}: the net has {what}:",
            items=[*items, *(error.message for error in errors[:_SHOWN]), *_more(len(errors) - _SHOWN)],
            hint=_HINT if kinds else errors[0].hint,
        )


def _more(count: int) -> list[str]:
    return [f"and {count} more"] if count > 0 else []


def _few(names: dict[str, None]) -> list[str]:
    """The first names, and dots for the others."""
    return [*list(names)[:4], *(["..."] if len(names) > 4 else [])]
