"""The account that a backend gives of what it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelwright.diagnostics import Diagnostic
from modelwright.formats import ArtifactTensor

MADE_FROM = "the ONNX model that it was made from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """One of several sizes that an artifact was made for.

    Attributes:
        name: A name for its files.
        shapes: Shapes of the hub's inputs.
    """

    name: str
    shapes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a backend wrote.

    Attributes:
        files: The files, the artifact itself first; a plan's files when the artifact is only planned.
        checks: What was checked on the way, a phrase each.
        notices: What was changed, dropped or is worth knowing.
        inputs: Inputs whose name, layout or dtype in the artifact is not the hub's.
        outputs: Outputs likewise.
        rtol: Relative tolerance under which no comparison says anything, because the artifact was asked to be less
            precise (weights in float16).
        rounds_between_layers: Whether integers or few bits between layers make outputs come close at best.
        stand_in: The ONNX file that the vendor's compiler was given, compared where the artifact cannot run here.
        stand_in_alike: Whether ``inputs`` and ``outputs`` hold for the stand-in, too.
        stand_in_chain: When the artifact is one part of several, the ONNX files that together stand for the source, in
            the order they run; ``stand_in`` is one of them.
        keep: Where to write, as ``.npz``, the inputs that were compared and what they should give; None for nowhere.
        stand_in_name: What the stand-in is, when it is not what the artifact was made from.
        planned: Why the vendor's tool did not run; empty when the artifact is there.
        device: An ONNX file that computes what the artifact does from the artifact's own inputs, where those are not
            the stand-in's (images before preprocessing); ``keep`` then gets inputs and outputs of this one.
        quantized: Whether the run quantized the model, so that outputs are held against the float ones by their
            cosine (set by the run).
        calibrated: Calibration data with the float model's outputs to do that on (set by the run).
        raw: A folder for what ``keep`` gets as files of plain bytes too, in the artifact's names and layouts.
        open_model: The stand-in with its sizes left open, where the artifact was made for several.
        sizes: These, but for the stand-in's own; each is compared, and its data are kept in a folder in ``raw``.
    """

    files: tuple[Path, ...]
    checks: tuple[str, ...] = ()
    notices: tuple[Diagnostic, ...] = ()
    inputs: tuple[ArtifactTensor, ...] = ()
    outputs: tuple[ArtifactTensor, ...] = ()
    rtol: float = 0.0
    rounds_between_layers: bool = False
    stand_in: Path | None = None
    stand_in_alike: bool = False
    stand_in_chain: tuple[Path, ...] = ()
    stand_in_name: str = MADE_FROM
    keep: Path | None = None
    planned: str = ""
    device: Path | None = None
    quantized: bool = False
    calibrated: Path | None = None
    raw: Path | None = None
    open_model: Path | None = None
    sizes: tuple[Sizes, ...] = ()
