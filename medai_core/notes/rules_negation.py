"""The rules by which a statement is negated, and the phrases that look like it and are none."""

from typing import Final

from medai_core.notes.items import Assertion
from medai_core.notes.rules import Rule

N: Final = Assertion.NEGATED

_SIGN: Final = (
    "(?:evidence|signs?|findings?|symptoms?|indications?|complaints?|suggestion|sensation|features|"
    "suspicion|manifestations?)"
)
_LOOK: Final = (
    "(?:seen|present|identified|detected|noted|found|appreciated|demonstrated|visuali[sz]ed|shown|observed|"
    "evident|apparent|palpated|palpable|heard|elicited|reported|described)"
)
_BE: Final = "(?:is|are|was|were|be|been|being|has been|have been|had been)"
NEGATION: Final[tuple[Rule, ...]] = (
    # ---- negation, what comes after
    Rule("neg-no", N, "forward", ("no", "nil")),
    Rule(
        "neg-no-evidence",
        N,
        "forward",
        (
            rf"(?:no|without|without any|nor any) (?:\w+ ){{0,2}}{_SIGN} (?:of|for|to suggest|suggesting|"
            r"suggestive of|that|concerning for|consistent with)",
            rf"(?:not|n['’]t) (?:\w+ ){{0,3}}{_SIGN} (?:of|for)",
            r"nothing to (?:suggest|indicate|support)",
            r"no (?:other|further|more|additional) (?:episodes?|evidence|signs?) of",
        ),
    ),
    Rule(
        "neg-no-history", N, "forward", (r"no (?:\w+ ){0,3}(?:history|hx|h/o) (?:of|for)", "no h/o", "no hx")
    ),
    Rule("neg-no-family", N, "forward", (r"no (?:\w+ ){0,2}family history (?:of|for)",)),
    Rule("neg-no-longer", N, "forward", ("no longer",), words=8),
    Rule("neg-deny", N, "forward", (r"den(?:y|ies|ied|ying)(?: any)?", "denial of")),
    Rule("neg-without", N, "forward", (r"without(?: any)?", "w/o", r"w\.o\.")),
    Rule(
        "neg-negative-for",
        N,
        "forward",
        (
            rf"(?:(?:{_BE}|remained|remains|tested|screened) )?(?:negative|neg|\(-\)) for",
            "negative to",
            "unremarkable for",
        ),
    ),
    Rule(
        "neg-absence",
        N,
        "forward",
        (
            "absence of",
            "absent",
            "lack of",
            r"lack(?:s|ed|ing)",
            "free of",
            "free from",
            "clear of",
            "devoid of",
        ),
    ),
    Rule("neg-neither", N, "forward", ("neither", "nor")),
    Rule(
        "neg-ruled-out-for",
        N,
        "forward",
        (
            r"rule[ds] (?:him |her |the patient )?out for",
            r"rul(?:ed|es) out",
            r"has been ruled out for",
            r"exclude[sd]",
        ),
    ),
    Rule(
        "neg-not",
        N,
        "forward",
        (
            "not",
            r"(?:is|was|are|were|do|does|did|has|have|had|ca|could|would|wo|should)n['’]t",
            "cannot",
            "never",
        ),
        words=9,
    ),
    Rule(
        "neg-not-see",
        N,
        "forward",
        (
            r"(?:did|does|do|could|can|has|have|had|was|is) ?(?:not|n['’]t|never) (?:\w+ly )?(?:see|"
            r"show|reveal|"
            r"demonstrate|identify|find|have|had|appreciate|exhibit|complain of|report|endorse|experience|"
            r"experienced|notice|note|describe|develop|suffer from|feel|admit to|display|contain|suggest|"
            r"indicate|give a history of|be|become|appear|observe)(?: any)?",
            r"fail(?:s|ed)? to (?:reveal|show|demonstrate|identify)",
            r"never (?:had|has|been|experienced|developed)",
        ),
    ),
    Rule("neg-rather", N, "forward", ("rather than", "instead of", "as opposed to"), words=5),
    # ---- negation, what comes before
    Rule(
        "neg-not-seen",
        N,
        "backward",
        (
            rf"(?:{_BE} |were |can |could )?(?:not|n['’]t|never|no longer) (?:\w+ ){{0,2}}{_LOOK}",
            rf"cannot be (?:\w+ )?{_LOOK}",
            rf"{_BE} (?:\w+ly )?(?:absent|lacking|negative|denied)(?! for\b)",
            r"(?:not|never) (?:there|an issue|a problem|a concern)",
            "nowhere seen",
        ),
    ),
    Rule(
        "neg-ruled-out",
        N,
        "backward",
        (
            rf"(?:{_BE}|to be) (?:\w+ly )?(?:ruled|r/o['’]?d) out",
            rf"{_BE} (?:\w+ly )?excluded",
            r"r/o['’]d",
            "ruled out",
        ),
    ),
    Rule(
        "neg-resolved",
        N,
        "backward",
        (
            r"(?:(?:although|but|and|,) )?(?:that|this|which|these|those|it|they) (?:\w+ ){0,4}resolved",
            r"(?:(?:has|have|had|is|was|are|were|since|now|to) )*(?:\w+ly )?resolved",
            r"(?:has|have|had) (?:\w+ly )?(?:subsided|disappeared|abated|cleared up|gone away)",
            r"(?:is|are|was|were) (?:now )?gone",
        ),
    ),
    Rule(
        "neg-answer",
        N,
        "backward",
        (
            (
                r"[:=?] ?(?:no|none|negative|neg|absent|denie[sd]|nil|n|not present)(?=\s*(?:[.,;)/|_-]|"
                r"$|\n|\s{2}))"
            ),
            r"\(-\)",
        ),
        words=0,
    ),
    Rule(
        "neg-answer-dash",
        N,
        "backward",
        (r"[-–—] ?(?:no|none|negative|denie[sd]|absent)(?=\s*(?:[.,;)]|$|\n))",),
        words=0,
    ),
    Rule(
        "neg-adjective",
        N,
        "backward",
        (
            (
                r"(?:negative|neg|absent|denied|free)(?! for\b)(?! (?:chest|ct|mri|x-?ray|biopsy|test|"
                r"result|work))"
            ),
        ),
        words=0,
    ),
    # ---- pseudo-negation
    Rule(
        "pseudo-change",
        None,
        "forward",
        (
            r"(?:no|without|not)(?: \w+){0,2} (?:change|changes|increase|decrease|improvement|"
            r"worsening|progression)"
            r"(?: (?:in|of|from|to|since|with))?",
            (
                r"not (?:significantly )?(?:changed|increased|decreased|improved|worsened|resolved|"
                r"better|controlled|worse)"
            ),
            r"no better|no worse|unchanged",
        ),
    ),
    Rule(
        "pseudo-not-only",
        None,
        "forward",
        (
            r"not (?:been )?(?:yet )?(?:formally|well|fully|completely|adequately|optimally) \w+",
            "not only",
            "not just",
            "not merely",
            "not simply",
            "not drain(?:ed|ing)?",
            "not cause[ds]?",
            "not extend",
            "no doubt",
            "no question",
            "without (?:a )?doubt",
            "without question",
            "no matter",
            "not to mention",
            "no wonder",
            "gram[- ]negative",
            "not negative for",
            "not absent",
            "rh[- ]negative",
            r"\w+[- ]negative (?:rods?|bacilli|bacteria|cocci)",
            "false negative",
            "negative pressure",
            "negative margins?",
            "double negative",
            "no stranger to",
        ),
    ),
    Rule(
        "pseudo-without-trouble",
        None,
        "forward",
        (
            r"without (?:any )?(?:difficulty|incident|trouble|problems?|help|assistance|a walker|"
            r"a cane|hesitation|"
            r"delay|contrast|sedation|intervention|treatment|relief|response|success|warning|medications?)",
            (
                r"no (?:relief|response|contrast|sedation|reformats|treatment|intervention|further "
                r"(?:work-?up|treatment|"
                r"evaluation|intervention|testing|therapy)|need|reason|option|plans?|benefit|appetite "
                r"for|trouble (?:with|from))"
            ),
        ),
    ),
    Rule(
        "pseudo-not-done",
        None,
        "forward",
        (
            r"not (?:been )?(?:seen by|evaluated (?:by|for)|treated|admitted|taking|take|taken|on|tolerated?|"
            r"given|started|followed|a candidate|an option|able to|"
            r"controlled|well controlled|compliant|adherent|performed|obtained|done|available|"
            r"recorded|measured|repeated|help|respond(?:ed|ing)?|relieved|improve|want|wish|"
            r"remember|recall|yet|formally|currently (?:taking|on)|be (?:able|a candidate)|due "
            r"to|because of|related to|caused by|aware)"
            r"(?: (?:for|by|in|at|with|to|of))?",
            (
                r"(?:did|does|do|has|have|had)(?: not|n['’]t) (?:improve|respond|help|relieve|resolve|"
                r"want|wish|take|tolerate|control)"
            ),
        ),
    ),
)
