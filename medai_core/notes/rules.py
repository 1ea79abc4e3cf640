"""The rules by which a statement is negated, uncertain, historical, or of the family.

One table: each rule has an id, what it says, the direction in which its words reach, how many words far
(None: to the end of the clause) and its phrases. A phrase is a small regular expression in which a blank
stands for any white space. `PSEUDO` phrases look like a trigger and are none; `STOPS` end a reach.
After Chapman WW et al., J Biomed Inform 2001;34:301 (NegEx) and Harkema H et al., J Biomed Inform
2009;42:839 (ConText); the phrases are our own.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from medai_core.notes.items import Assertion

Direction = Literal["forward", "backward"]


@dataclass(frozen=True, slots=True)
class Rule:
    """`assertion` None is a pseudo-trigger: it takes its words away from the shorter triggers in it."""

    id: str
    assertion: Assertion | None
    direction: Direction
    phrases: tuple[str, ...]
    words: int | None = None


STOPS: Final = re.compile(
    r"\b(?:but|however|although|though|except(?: for)?|aside from|apart from|other than|"
    r"besides|secondary to|due to|because|since|"
    r"which|who|whose|still|yet|nevertheless|nonetheless|in the setting of|cause[sd]? "
    r"(?:of|for|by)|causing|source (?:of|for)|reason for|etiology (?:of|for)|"
    r"origin (?:of|for)|given|while|whereas|when|whenever|where|then|until|pending|if|"
    r"unless|presents?|presented|presenting|positive for|significant for|"
    r"remarkable for|notable for|admits?(?: to)?|admitted|complain(?:s|ed|ing)? of|endorse[sd]?|"
    r"reveal(?:s|ed|ing)?|show(?:s|ed|ing)|demonstrat(?:es|ed|ing)|consistent with|compatible "
    r"with|"
    r"found to have|diagnosed with|treated for|treated with|does have|did have|there (?:is|"
    r"are|was|were)|now|currently|today|underwent|status[- ]post|s/p|as well as (?:a |"
    r"an )?(?:history|positive)|"
    r"otherwise|only|remains?|remained|continues?|continued|which|on (?:exam|examination)|"
    r"for which|to the point|so)\b"
    r"|;|\u2022|\s\d{1,2}[.)]\s|(?<=,)\d{1,2}\.\s|\n\s*\n",
    re.IGNORECASE,
)
"""Words at which a reach ends, in both directions."""

FORWARD_STOPS: Final = re.compile(
    r",\s*\d|(?:,|\band\b|\s[-\u2013]\s)\s*(?:(?:the )?patient|pt|he|she|they|it|this|"
    r"that|there|these|we|i|his|her|has|had|have|is|was|are|were|reports?|reported|states?|"
    r"stated|"
    r"notes|noted|does|did|will|became|developed|received|some|positive|also|although|"
    r"with (?:a )?history|history|h/o|family history|mother|father|possible|probable|likely|"
    r"suspected|"
    r"questionable|status[- ]post|s/p|mild(?:ly)?|moderate(?:ly)?(?! to severe)|\+)\b(?!\s*(?:or|nor)\b)",
    re.IGNORECASE,
)
"""A new clause after a comma or "and": a reach to the right ends before it."""
