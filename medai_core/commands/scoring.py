"""`score`: published scores, for one person or a table; touches no store."""

import argparse
from typing import TYPE_CHECKING

from medai_core.commands.terminal import ANSWERED, EXIT_STATUS, print_json, print_text, say
from medai_core.domain.refusal import Refusal

if TYPE_CHECKING:
    from medai_core.commands.terminal import Commands
    from medai_core.scores.frame import Score


def add_score(commands: "Commands") -> None:
    """The command's options; `--help` after a name is the help of that score."""
    parser = commands.add_parser(
        "score",
        help="a published score, for one person or a table; touches no store",
        description="A published score, for one person or a table. Prints one JSON object: score, version, "
        "value, unit, category, interval, missing, refused (null or the reason), cautions, reference. Risks "
        "are 0 to 1.",
        epilog=EXIT_STATUS,
        add_help=False,
    )
    parser.add_argument(
        "words", nargs="*", metavar="NAME key=value", help='for example age=55, or "5.2 mmol/L"'
    )
    parser.add_argument(
        "--json", nargs="*", action="extend", metavar="key=value", help="JSON on stdout (the default)"
    )
    parser.add_argument(
        "--list", action="store_true", help="name all scores, and those left out with the reason"
    )
    parser.add_argument("--schema", action="store_true", help="keys, units and ranges of NAME as JSON")
    parser.add_argument("--table", metavar="CSV", help="a table whose columns are the keys of NAME")
    parser.add_argument(
        "--csv", metavar="OUT", help="write the answers of --table to OUT; lists joined by '; '"
    )
    parser.add_argument("-h", "--help", action="store_true", help="this help; after NAME, the inputs of NAME")
    parser.set_defaults(command=lambda options: _score(options, parser))


def _score(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from medai_core.services import scores

    words = [*options.words, *(options.json or [])]
    name = next((word for word in words if "=" not in word), None)
    pairs = [word for word in words if "=" in word]
    if options.list:
        return _list(as_json=options.json is not None)
    if name is None:
        if options.help:
            print_text(parser.format_help().rstrip())
            return ANSWERED
        raise _usage("no name of a score")
    if len(pairs) + 1 < len(words):
        raise _usage("a word that is neither a name nor key=value")
    score = scores.score_of(name)
    if options.help:
        _help(score)
    elif options.schema:
        print_json(scores.schema(score))
    elif options.table is not None:
        _table(options, name, pairs)
    elif options.csv is not None:
        raise _usage("--csv without --table")
    else:
        print_json(scores.answer(name, _values(pairs)))
    return ANSWERED


def _values(pairs: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        if key in values and values[key] != text:
            raise _usage("the same key twice")
        values[key] = text
    return values


def _table(options: argparse.Namespace, name: str, pairs: list[str]) -> None:
    from medai_core.services import scores

    if pairs:
        raise _usage("key=value together with --table")
    lines = scores.answer_table(name, options.table)
    if options.csv is None:
        for line in lines:
            print_json(line)
    else:
        say(f"{scores.write_table(options.csv, lines, table=options.table):,} rows answered.")


def _list(*, as_json: bool) -> int:
    from medai_core.services.scores import list_lines

    for line in list_lines():
        if as_json:
            print_json(line)
        elif line["left_out"] is None:
            print_text(f"{line['score']!s:18}  {line['title']}")
        else:
            print_text(f"{line['score']!s:18}  left out: {line['title']}; {line['left_out']}")
    return ANSWERED


def _help(score: "Score") -> None:
    """Its inputs with unit and range, whom it is for, and where it comes from."""
    print_text(f"{score.name} ({score.version}): {score.title}, in {score.unit}")
    print_text("")
    for one in score.inputs:
        print_text(f"  {one.key:26}  {one.range_text} ({one.need}): {one.help}")
        others = [unit for unit in one.also if unit != one.unit]
        if others:
            print_text(f'  {"":26}  also as "value unit", in {", ".join(others)}')
    if score.either:
        print_text(
            f"  One of these is needed: {'; or '.join(' with '.join(group) for group in score.either)}."
        )
    print_text("")
    for title, text in (
        ("For", score.use_for),
        ("Not for", score.not_for),
        ("Missing values", score.without),
        ("Validation", score.validation),
        ("Reference", score.reference),
    ):
        print_text(f"{title}: {text}")


def _usage(found: str) -> Refusal:
    return Refusal(
        "usage",
        expected="score NAME key=value..., score NAME --table CSV --csv OUT, or score --list",
        found=found,
        what_to_do="See score --help.",
    )
