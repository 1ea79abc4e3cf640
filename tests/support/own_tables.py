"""Made tables of people, to be trained on."""

import numpy as np


def risk_table(rows: int, *, seed: int = 0, sign: str = ",") -> bytes:
    """A CSV with an id, age, systolic pressure, smoking and an outcome that depends on them."""
    generator = np.random.default_rng(seed)
    age = generator.normal(60, 10, rows).clip(30, 95)
    sbp = generator.normal(130, 20, rows).clip(80, 220)
    smoker = generator.random(rows) < 0.3
    odds = (age - 60) / 8 + (sbp - 130) / 20 + 0.8 * smoker - 0.5
    outcome = generator.random(rows) < 1 / (1 + np.exp(-odds))
    lines = [sign.join(("patient_id", "age", "sbp", "smoker", "outcome"))]
    for place in range(rows):
        lines.append(
            sign.join(
                (
                    str(1000 + place),
                    f"{age[place]:.0f}",
                    "" if place % 19 == 0 else f"{sbp[place]:.0f}",
                    "yes" if smoker[place] else "no",
                    "1" if outcome[place] else "0",
                )
            )
        )
    return "\n".join(lines).encode()
