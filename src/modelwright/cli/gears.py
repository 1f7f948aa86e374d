"""``modelwright gears``: the sizes to compile a model for, chosen from real data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from modelwright.cli.arguments import Parser


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "--data", required=True, metavar="PATH", help="folder of images, detection labels, or a list of sizes"
    )
    parser.add_argument("--output", "-o", required=True, metavar="FILE", help="the file of gears (.json)")
    parser.add_argument("--most", type=int, default=10, metavar="N", help="how many gears there may be (default 10)")
    parser.add_argument("--interval", type=int, default=32, metavar="N", help="images: sizes are multiples of it (32)")
    parser.add_argument(
        "--limit_side_len", type=int, metavar="N", help="images: the longer side is scaled down to this"
    )
    parser.add_argument("--height", type=int, metavar="N", help="images: scaled to this height; only widths differ")
    parser.add_argument(
        "--boxes", action="store_true", help="labels: gears of the batch, by how many boxes images have"
    )
    parser.add_argument("--largest_batch", type=int, default=32, metavar="N", help="with --boxes (default 32)")
    parser.add_argument("--json", action="store_true", help="print the file, too")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    parser.set_defaults(parser=parser, execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        UserError: The data cannot be read, or a number is out of range.
        OutputError: The file cannot be written.
    """
    from modelwright.gears.choose import choose_batches, choose_gears
    from modelwright.gears.document import write_gears
    from modelwright.gears.observed import Fitting, observe

    fitting = Fitting(interval=arguments.interval, limit=arguments.limit_side_len, height=arguments.height)
    found = observe(Path(arguments.data), fitting, boxes=arguments.boxes)
    if arguments.boxes:
        chosen = choose_batches(found.sizes, arguments.most, arguments.largest_batch)
    else:
        chosen = choose_gears(found.sizes, arguments.most)
    padded, output = 1 - found.area / chosen.computed, Path(arguments.output)
    write_gears(output, chosen, {"data": found.what, "padded": round(padded, 4)})
    if arguments.json:
        sys.stdout.write(output.read_text(encoding="utf-8"))
        return 0
    for gear, use in zip(chosen.gears, chosen.uses, strict=True):
        sys.stdout.write(f"{','.join(map(str, gear)):>12}  {use:>7} {'run' if use == 1 else 'runs'}\n")
    alone = choose_gears(found.sizes, 1).computed
    compared = "" if arguments.boxes else f", with one size {1 - found.area / alone:.1%}"
    count = len(chosen.gears)
    sys.stdout.write(
        f"{count} gear{'s' * (count != 1)} for {found.what}: {padded:.1%} of what is computed is padding{compared}\n"
        f"{output}: give it to `modelwright convert` with --gears\n"
    )
    return 0
