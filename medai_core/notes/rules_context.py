"""The rules by which a statement is uncertain, historical, or of the family."""

from typing import Final

from medai_core.notes.items import Assertion
from medai_core.notes.rules import Rule

U, H, F = Assertion.UNCERTAIN, Assertion.HISTORICAL, Assertion.FAMILY

_KIN: Final = (
    "(?:mother|father|brother|sister|aunt|uncle|grandmother|grandfather|grandparents?|cousin|parents?|"
    "siblings?|sons?|daughters?|niece|nephew|relatives?|half[- ]brother|half[- ]sister)s?"
)
_SAYS: Final = (
    "(?:report(?:s|ed)?|stat(?:es?|ed)|sa(?:ys?|id)|not(?:es?|ed)|den(?:y|ie[sd])|brought|brings|gave|gives|noticed|"
    "describe[sd]|called|calls|feels|felt|thinks|thought|was concerned|is concerned|believes|observed|saw|"
    "mentioned|complain(?:s|ed)|accompanied|provide[sd]|relate[sd]|wants|would|has noticed|has noted|"
    "found|took|indicates?|concurs|and (?:she|he|the patient))"
)

CONTEXT: Final[tuple[Rule, ...]] = (
    # ---- uncertain
    Rule(
        "unc-not-excluded",
        U,
        "forward",
        (
            (
                r"(?:can ?not|can['’]t|could not|couldn['’]t|unable to|not able to|difficult to|hard "
                r"to|does not|did not|do not|without|not|never) (?:\w+ )?(?:be )?"
                r"(?:(?:completely|entirely|definitively|definitely|fully|reliably|safely) )?(?:rule "
                r"out|ruled out|exclude|excluding)"
            ),
            r"not (?:clear|certain|sure|known|evident) (?:if|whether|that)",
            r"(?:un)?(?:clear|certain|sure|known) (?:if|whether)",
            r"no (?:definite|definitive|clear) (?:answer|explanation|cause|etiology)",
        ),
    ),
    Rule(
        "unc-not-excluded-after",
        U,
        "backward",
        (
            (
                r"(?:can ?not|can['’]t|could not|couldn['’]t|not|never|has not|have not|is not|was "
                r"not|difficult to)(?: \w+ly)?(?: been| be)?(?: \w+ly)? (?:ruled out|excluded)"
            ),
            (
                r"(?:is|are|was|were|remains?) (?:also )?(?:a |an |the )?(?:possible|possibility|probable|"
                r"likely|unlikely|less likely|suspected|questionable|questioned|uncertain|unclear|"
                r"equivocal|indeterminate|"
                r"in question|not certain|considered|a consideration|to be considered|of concern|a "
                r"concern|on the differential)(?=\s*(?:[.,;)]|$|\n)|"
                r"\s(?:and|but|at|given|based|because|on|as|since|now)\b)"
            ),
            r"(?:can|could|may|might|should|must) be (?:considered|ruled out|excluded|suspected|present)",
            r"is (?:not )?(?:felt|thought|believed) to be (?:possible|unlikely|likely)",
            r"(?:to be|needs? to be|must be|be) (?:ruled out|excluded)",
            r"unlikely",
            r"less likely",
            "vs\\.? other",
        ),
    ),
    Rule(
        "unc-rule-out",
        U,
        "forward",
        (r"rule[- ]?out", r"r/o", r"(?:to|will|please|and) (?:rule out|exclude)", r"ruling out"),
    ),
    Rule(
        "unc-possible",
        U,
        "forward",
        (
            "possible",
            "possibly",
            "probable",
            "probably",
            "likely",
            "less likely",
            "unlikely(?: to (?:be|represent|have))?",
            "suspect(?:ed)?",
            r"suspicious (?:for|of)",
            r"suspicion (?:of|for)",
            "questionable",
            r"question of",
            "presumed",
            "presumably",
            "presumptive",
            r"perhaps",
            r"maybe",
            "equivocal(?: for)?",
            r"indeterminate(?: for)?",
            "borderline for",
            r"possibility of",
            r"probability of",
            "potential(?:ly)?",
            "apparent(?:ly)?",
            "query",
        ),
    ),
    Rule(
        "unc-concern",
        U,
        "forward",
        (
            r"concern(?:s|ed|ing)? (?:for|about|of|that)",
            r"worr(?:y|ied|isome) (?:for|about|that)",
            r"suggest(?:s|ed|ing|ive)?(?: of| that)?",
            r"differential(?: diagnosis)?(?: includes?| is| of|:)?",
            r"evaluat(?:e|ed|ion|ing) (?:for|of possible)",
            r"assess(?:ed|ment|ing)? for",
            r"screen(?:ed|ing)? for",
            r"work[- ]?up (?:for|of)",
            r"consider(?:ed|ing)?",
            r"(?:at )?(?:high |increased |low )?risk (?:of|for)",
            r"risks? (?:and benefits )?includ(?:e|ed|ing)",
            r"watch(?:ed|ing)? for",
            r"monitor(?:ed|ing)? for",
            r"prophylaxis (?:for|against)",
            r"to look for",
            r"versus",
            r"vs\.?",
        ),
    ),
    Rule(
        "unc-may",
        U,
        "forward",
        (
            (
                r"(?:may|might|could|can|would) (?:\w+ly )?(?:also )?(?:be|have|represent|indicate|"
                r"suggest|reflect|relate to|be related to|be due to|be secondary to)"
            ),
            r"(?:seems?|appears?) to (?:be|have|represent)",
            "could represent",
            "as if",
        ),
    ),
    Rule("unc-mark", U, "forward", (r"(?<![\w?])\? ?(?=\w)",), words=4),
    Rule(
        "unc-answer",
        U,
        "backward",
        (
            r"\(\?\)",
            r"\?(?=\s|$|[.,;)])",
            (
                r",? (?:likely|probable|probably|possible|possibly|suspected|presumed|questionable)"
                r"(?=\s*(?:[.,;)]|$|\n))"
            ),
            r"[:=-] ?(?:possible|probable|suspected|unknown|unsure|uncertain)",
            r"\((?:possible|probable|suspected|questionable|cannot be excluded|not excluded)\)",
        ),
        words=0,
    ),
    Rule("unc-versus", U, "backward", (r"versus", r"vs\.?"), words=4),
    Rule(
        "unc-if",
        U,
        "forward",
        (
            "if",
            "should (?:you|he|she|they|there|the patient|any) (?:develop|have|experience|notice|be)",
            r"in (?:the )?(?:case|event) of",
            r"return (?:\w+ ){0,5}(?:for|with)",
            r"call (?:\w+ ){0,5}(?:for|with)",
            "unless",
            r"to prevent",
            r"prevention of",
            r"as needed for",
            r"prn(?: for)?",
            r"p\.r\.n\.(?: for)?",
        ),
    ),
    # ---- historical
    Rule(
        "his-history-of",
        H,
        "forward",
        (
            (
                r"history (?:is |was )?(?:also )?(?:significant |notable |remarkable |positive |pertinent "
                r")?(?:for|of|includes?|including|with)"
            ),
            "h/o",
            r"hx(?: of)?",
            "history of",
            r"known history of",
            r"(?<!\bno\x20)pmhx?",
            (
                r"past (?:medical|surgical) history(?: (?:is|was|includes?))?"
                r"(?: (?:also |only )?(?:significant|notable|remarkable|positive|pertinent) (?:for|of))?"
            ),
            r"s/p",
            r"status[- ]post",
            r"carries (?:a|the) diagnosis of",
        ),
    ),
    Rule(
        "his-previous",
        H,
        "forward",
        (
            r"prior",
            r"previous",
            r"previously(?: \w+ed)?(?: with| for)?",
            r"remote",
            r"former(?:ly)?",
            r"old",
            r"ex-",
            r"childhood",
            r"quit",
            r"stopped",
        ),
        words=4,
    ),
    Rule(
        "his-past",
        H,
        "forward",
        (
            r"in the past,?(?: (?:he|she|the patient|they) (?:has|had|have))?",
            r"(?:\d+|\w+) (?:years?|months?) (?:ago|prior|earlier|back),?",
            r"in (?:19|20)\d\d,?(?: (?:he|she|the patient) (?:had|was|underwent|developed|suffered))?",
            r"as a (?:child|teenager|young (?:man|woman|adult))",
            r"last year",
        ),
        words=9,
    ),
    Rule(
        "his-past-after",
        H,
        "backward",
        (
            r"in the (?:\w+ )?past",
            r"(?:\d+|\w+|several|many|a few) (?:years?|months?|decades?) (?:ago|prior|earlier|back)",
            r"in (?:\w+ )?(?:of )?(?:19|20)\d\d",
            r"(?:years?|months?|long|decades) ago",
            r"as a (?:child|teenager|young (?:man|woman|adult))",
            r"in (?:her|his) (?:childhood|youth|teens|twenties|20s)",
            r"(?:in|during) childhood",
            r"last year",
            r"by history",
            r"previously",
            r"[:,-]? ?(?:quit|stopped|ex-smoker|former)\b",
        ),
        words=12,
    ),
    # ---- family
    Rule(
        "fam-history",
        F,
        "forward",
        (
            (
                r"(?:strong |significant |positive |known )?family(?: medical)? (?:history|hx)(?: "
                r"(?:is|was))?(?: (?:significant|positive|notable|remarkable|also))*(?: (?:of|for|"
                r"includes?|with))?"
            ),
            r"fh(?:x)?:?",
            r"familial history of",
            r"runs in (?:the|his|her) family",
        ),
    ),
    Rule(
        "fam-kin",
        F,
        "forward",
        (
            (
                rf"(?:maternal |paternal |his |her |the patient['’]s |one |both |two )*(?:{_KIN})(?: "
                r"(?:has|had|have|with|died|suffers|suffered|is|was|are|were|also|both)\b)?"
            ),
        ),
    ),
    Rule(
        "fam-kin-after",
        F,
        "backward",
        (
            (
                r"(?:in|for|on|of|affecting|by) (?:his |her |the |the patient['’]s |both |two |one "
                rf"|a |an )*(?:maternal |paternal )*(?:{_KIN}|family)(?: side)?(?! (?:{_SAYS}))"
            ),
            r"runs in (?:the|his|her) family",
            rf"[(-] ?(?:maternal |paternal )*(?:{_KIN})\)?",
        ),
    ),
    Rule(
        "pseudo-family",
        None,
        "forward",
        (
            rf"(?:(?:the|his|her|patient['’]s|a|by|per|to|from|with) )*(?:\w+ )?(?:{_KIN}|family) {_SAYS}",
            (
                r"(?:lives?|lived|living|stays?|staying|resides?|here|home|came|comes|brought in|accompanied|"
                r"according to|per|presents?|spoke|discuss\w*|discussed|talked|met) (?:by |with |to "
                rf"|in )?(?:his |her |the |their )?(?:\w+ )?(?:{_KIN}|family)"
            ),
            rf"(?:per|by|from|to) (?:his |her |the |their )?(?:{_KIN}|family)",
            (
                r"family (?:physician|doctor|practice|medicine|meeting|planning|practitioner|members? "
                r"(?:at|report|state|not)\w*)"
            ),
            rf"(?:{_KIN}) of (?:\w+ )?(?:child|children|kids?)",
        ),
    ),
    Rule(
        "pseudo-history",
        None,
        "forward",
        (
            r"history of (?:the )?present(?:ing)?(?: illness| complaint| problem)?",
            r"history and physical",
            r"social history",
            r"(?:prior|previous) to",
            r"(?:compared|comparison) (?:to|with) (?:the )?(?:prior|previous)(?: \w+)?",
            (
                r"(?:prior|previous) (?:study|studies|exam(?:ination)?|films?|ct|mri|x-?ray|radiographs?|"
                r"visits?|notes?|reports?|records?|admission|results?)"
            ),
            r"\d+[- ]years?[- ]old",
            r"years? old",
            r"months?[- ]old",
            r"days?[- ]old",
            r"week[- ]old",
            r"(?:without|no) (?:old|prior|previous) (?:films?|records?)",
            r"(?:reproductive|menstrual|obstetric|gyn\w*|sexual|travel) history",
            r"since (?:the )?(?:last|prior|previous) (?:visit|study|exam)",
            r"poor historian",
        ),
    ),
)
