"""What the card says that is not measured: use, data, limits."""

from typing import Any, Final

NAME: Final = "note_specialty"
VERSION: Final = "1.0.0"
FEWEST_TERMS: Final = 20
"""A text of fewer known terms is not answered."""

FACTS: Final[dict[str, Any]] = {
    "name": NAME,
    "kind": "note",
    "title": "Specialty of a note",
    "version": VERSION,
    "task": "Under which specialties and document types a transcribed clinical note would be filed.",
    "intended_use": (
        "Research. To sort and find transcribed notes in English by specialty. Not a medical device; it says "
        "nothing of the patient."
    ),
    "not_for": (
        "Any decision about a patient, billing, notes in other languages, single sentences, forms, and "
        "specialties that are not among its labels."
    ),
    "inputs": {
        "text": {"language": "English", "from_terms": FEWEST_TERMS},
        "preprocessing": (
            "The transcription alone, in small letters, as words and pairs of words; never keywords, title "
            "or description, which name the specialty."
        ),
    },
    "training_data": {
        "name": "MTSamples transcriptions",
        "population": "sample reports contributed by transcriptionists; names removed or invented",
        "labels": "the specialties under which the site lists a text; most texts are listed under two",
        "form": "free text whose line breaks were turned into commas",
        "licence": "CC0 as declared where it was published",
        "citation": (
            "mtsamples.com; Boyle T. Medical Transcriptions. Kaggle, 2018. Read from the R package clinspacy "
            "(kdpsingh/clinspacy, MIT)."
        ),
    },
    "licence": "Apache-2.0",
    "limits": [
        "Sample reports of one site, written to be examples: real notes are longer, repeat themselves and "
        "were not measured.",
        "Labels are where the site listed a text, not what a librarian would say: surgery, consultation "
        "and other document types stand beside specialties.",
        "Nineteen specialties with fewer than forty groups of texts are not among the labels; their notes "
        "get other labels.",
        "Margins count words; a denied disease counts as a named one.",
        "English alone.",
    ],
    "uncertainty": (
        "Intervals on the card are of the middle 95 % of 1,000 samples of whole groups of texts. A single "
        "note's probability has none."
    ),
    "tried": [
        "A small Keras network (embedding, one convolution, pooling), cross-validated on the same folds: its "
        "figures stand beside the served model's.",
    ],
    "results_meaning": (
        "Every text was answered by a model that has seen neither it nor a copy of it: five folds by group "
        "of identical and nearly identical texts. n counts texts, patients counts groups of texts."
    ),
}
