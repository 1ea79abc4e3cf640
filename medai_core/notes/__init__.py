"""Free text to statements with codes: sections, sentences, concepts, assertions."""
