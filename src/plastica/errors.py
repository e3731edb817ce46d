"""Errors that are the user's to mend: one sentence that names the key or file, the value and the remedy."""


class UserError(Exception):
    """Shown as one sentence, without a traceback; the command line exits with status 2."""
