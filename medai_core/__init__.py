"""MedAI: the typed core behind a clinician's dashboard. Research software, not a medical device."""

__version__ = "0.1.0"
