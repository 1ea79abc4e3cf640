"""The one error that a person is meant to read."""


class Refusal(Exception):
    """Something was asked for that cannot be done, said in plain words.

    A refusal never carries a patient's name, id or date, nor the text of another exception.

    Parameters
    ----------
    code : str
        Stable, kebab-case, for logs, tests and help texts, for example ``"file-truncated"``.
    expected : str
        What would have been right; a noun phrase or clause without a full stop.
    found : str
        What was there instead; a noun phrase or clause without a full stop.
    what_to_do : str
        The next step for the person, as a full sentence.
    """

    def __init__(self, code: str, *, expected: str, found: str, what_to_do: str) -> None:
        self.code = code
        self.expected = expected
        self.found = found
        self.what_to_do = what_to_do
        super().__init__(self.sentence)

    @property
    def reason(self) -> str:
        """What was expected and what was found, as one sentence."""
        return f"Expected {self.expected}; found {self.found}."

    @property
    def sentence(self) -> str:
        """The reason and the next step, ready to be shown or printed."""
        return f"{self.reason} {self.what_to_do}"
