"""What a file holds, on its way to a terminal: letters arrive, control characters do not."""


def printable(text: str) -> str:
    """A line without whatever a terminal would obey instead of showing it: escape sequences, say."""
    return "".join(c if c.isprintable() else " " * c.isspace() for c in text)
