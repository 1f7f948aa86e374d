from modelwright.cli.arguments import Parser
from modelwright.cli.running_flags import add_running


def test_flags():
    parser = Parser()
    add_running(parser)
    found = parser.parse_args(["-v", "--dry-run"])
    assert (found.verbose, found.dry_run, found.json) == (1, True, False)
    other = Parser()
    add_running(other, short_verbose=False)
    assert other.parse_args(["--verbose", "--verbose"]).verbose == 2
