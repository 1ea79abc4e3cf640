"""Assertions for a table of sentences, each with the finding that is asked for."""

import re
from difflib import SequenceMatcher
from typing import Final

from medai_core.notes.assertion import decide
from medai_core.notes.items import Decision, Section, Span
from medai_core.notes.sections import sections
from medai_core.notes.sentences import sentences

_WORD: Final = re.compile(r"[\w'’]+")
_HEAD: Final = re.compile(r"\s*:")


def assertion_of(sentence: str, concept: str) -> Decision:
    """What `sentence` says of `concept`.

    The concept is looked for as it is written, then with any white space and capitals, then by the longest
    run of its words; where none of them stands there, the sentence is judged as a whole, at its end.
    """
    target = find(sentence, concept)
    return decide(sentence, target, _around(sentence, target), _section(sentence, target))


def find(sentence: str, concept: str) -> Span:
    """Where the concept stands in the sentence."""
    words = concept.split()
    if words:
        inner = r"\s+".join(re.escape(one) for one in words)
        for expression in (rf"(?<!\w){inner}(?!\w)", inner):
            places = [one.span() for one in re.finditer(expression, sentence, re.IGNORECASE)]
            places = [one for one in places if not _HEAD.match(sentence, one[1])] or places
            if places:
                marked = [one for one in places if sentence[slice(*one)].isupper()]
                return (marked or places)[-1] if len(marked) == 1 else places[0]
        run = _longest_run(sentence, concept)
        if run is not None:
            return run
    return len(sentence), len(sentence)


def _longest_run(sentence: str, concept: str) -> Span | None:
    here = list(_WORD.finditer(sentence))
    wanted = [one.lower() for one in _WORD.findall(concept)]
    matcher = SequenceMatcher(None, [one[0].lower() for one in here], wanted, autojunk=False)
    match = matcher.find_longest_match()
    if not match.size or all(len(one) < 3 for one in wanted[match.b : match.b + match.size]):
        return None
    return here[match.a].start(), here[match.a + match.size - 1].end()


def _around(text: str, target: Span) -> Span:
    """The sentence, or the sentences, that hold the target; all of the text where it stands in none."""
    held = [one for one in sentences(text) if one[0] < max(target[1], target[0] + 1) and one[1] > target[0]]
    if not held:
        return 0, len(text)
    return min(held[0][0], target[0]), max(held[-1][1], target[1])


def _section(text: str, target: Span) -> Section | None:
    return next((one for one in sections(text) if one.body <= target[0] < one.end), None)
