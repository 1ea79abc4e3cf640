"""The demo's made-up records: `people.ndjson`, one FHIR R4 resource a line, as `writing` writes it."""

from pathlib import Path
from typing import Final

RESOURCES: Final = Path(__file__).parent / "people.ndjson"
SOURCE: Final = "MedAI demo, made up"
