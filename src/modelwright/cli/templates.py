"""``modelwright templates``: what there is to convert by, and what one template takes."""

from __future__ import annotations

import argparse

from modelwright.cli.arguments import Parser


def add_arguments(parser: Parser) -> None:
    """Adds the command's arguments."""
    _add_list_flags(parser)
    parts = parser.add_subparsers(dest="part", metavar="", required=False, parser_class=Parser)
    shown: Parser = parts.add_parser("show", help="what a template takes and gives")
    shown.add_argument("name", metavar="NAME", help="the template")
    shown.add_argument("--lang", choices=("en", "zh"), default="en", help="language of descriptions (en)")
    shown.add_argument("--json", action="store_true", help="print it as JSON")
    shown.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    shown.set_defaults(parser=shown, execute=execute_show)
    parser.set_defaults(parser=parser, execute=execute)


def _add_list_flags(parser: Parser) -> None:
    parser.add_argument("--chip", metavar="NAME", help="ascend, arm, gpu or general")
    parser.add_argument("--framework", metavar="NAME", help="TensorFlow, Caffe, Paddle, ...")
    parser.add_argument("--format", metavar="NAME", help="the file format: frozen_graph, saved_model, onnx, ...")
    parser.add_argument("--search", metavar="WORDS", help="words that must all be in the name or the description")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")


def execute(arguments: argparse.Namespace) -> int:
    """Lists the templates and returns the exit code.

    Raises:
        UnknownNameError: A filter has a value that no template has.
    """
    from modelwright.cli.output import print_json, print_rich, print_text
    from modelwright.templates.catalogue import find_templates

    found = find_templates(
        chip=arguments.chip,
        framework=arguments.framework,
        model_format=arguments.format,
        search=arguments.search,
    )
    if arguments.json:
        print_json([template.data() for template in found])
    elif not found:
        print_text("no template fits; leave a filter out")
    else:
        from modelwright.cli.templates_view import show_templates

        print_rich(lambda console: show_templates(found, console))
    return 0


def execute_show(arguments: argparse.Namespace) -> int:
    """Shows one template and returns the exit code.

    Raises:
        UnknownNameError: There is none of that name.
    """
    from modelwright.cli.output import print_json, print_rich
    from modelwright.templates.catalogue import template_named

    template = template_named(arguments.name)
    if arguments.json:
        print_json(template.data())
    else:
        from modelwright.cli.templates_view import show_template

        print_rich(lambda console: show_template(template, arguments.lang, console))
    return 0
