"""Errors that are the user's to mend: one sentence that names the key or file, the value and the remedy."""


class UserError(Exception):
    """Shown as one sentence, without a traceback; the command line exits with status 2.

    >>> import plastica
    >>> try:
    ...     plastica.run("oj")
    ... except plastica.UserError as error:
    ...     print(error)
    there is no task oj: did you mean oja?
    """


class Caution(UserWarning):
    """Shown as one sentence, too; nothing ends."""


def not_installed(needs: str, extra: str) -> UserError:
    """`needs` is what needs which library: 'engine.name = "dask" needs Dask'; the extra installs it."""
    return UserError(f"{needs}, which is not installed: pip install -e '.[{extra}]'")
