"""Every published score that is shipped, and those that are not, with the reason."""

from typing import Final

from medai_core.scores.cha2ds2_vasc import CHA2DS2_VASC
from medai_core.scores.child_pugh import CHILD_PUGH
from medai_core.scores.curb65 import CURB65
from medai_core.scores.egfr_ckdepi_2021 import EGFR_CKDEPI_2021
from medai_core.scores.findrisc import FINDRISC
from medai_core.scores.frame import LeftOut, Score
from medai_core.scores.framingham_2008 import FRAMINGHAM_2008
from medai_core.scores.has_bled import HAS_BLED
from medai_core.scores.meld3 import MELD3
from medai_core.scores.news2 import NEWS2
from medai_core.scores.pce_ascvd import PCE_ASCVD
from medai_core.scores.prevent import PREVENT
from medai_core.scores.qsofa import QSOFA
from medai_core.scores.score2 import SCORE2
from medai_core.scores.sofa import SOFA
from medai_core.scores.wells_dvt import WELLS_DVT
from medai_core.scores.wells_pe import WELLS_PE

SCORES: Final[tuple[Score, ...]] = (
    PCE_ASCVD, *PREVENT, SCORE2, FRAMINGHAM_2008, FINDRISC, CHA2DS2_VASC, HAS_BLED, NEWS2, QSOFA, SOFA,
    CURB65, EGFR_CKDEPI_2021, MELD3, CHILD_PUGH, WELLS_PE, WELLS_DVT,
)  # fmt: skip

LEFT_OUT: Final[tuple[LeftOut, ...]] = (
    LeftOut(
        "qrisk3", "Cardiovascular disease in 10 years, England (QRISK3)",
        "its coefficients were not checked against two independent sources",
    ),
    LeftOut(
        "gail", "Breast cancer in 5 years (Gail)",
        "it needs tables of incidence and mortality that were not checked against two independent sources",
    ),
    LeftOut(
        "prevent_optional", "PREVENT with HbA1c, urine albumin or social deprivation",
        "these coefficients were not checked against a second source; the base model is shipped",
    ),
    LeftOut(
        "score2_op", "Cardiovascular disease from 70 years, Europe (SCORE2-OP)",
        "the coefficients of the older model were not checked against a worked example",
    ),
    LeftOut(
        "score2_diabetes", "Cardiovascular disease in diabetes, Europe (SCORE2-Diabetes)",
        "its coefficients were found in one source alone",
    ),
)  # fmt: skip


def score_named(name: str) -> Score | None:
    """The score of a name, None where there is none."""
    return next((score for score in SCORES if score.name == name), None)
