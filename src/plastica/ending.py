"""How a command ends: its exit status, and one sentence for whatever its user can mend."""

import sys
import warnings
from collections.abc import Callable
from typing import Any

from plastica.interruption import INTERRUPTED, fall_deaf
from plastica.terminal import printable


def status_of(act: Callable[[], Any]) -> Any:
    """Run what is asked for, and tell the exit status."""
    from plastica.errors import UserError

    try:
        act()
    except SystemExit as end:
        return end.code
    except UserError as error:
        return complain(error)
    except MemoryError as error:
        return complain(f"there is not enough memory ({error}): make network, data or population smaller")
    except KeyboardInterrupt as end:
        fall_deaf()
        if end.args:
            complain(end)
        return INTERRUPTED
    except BrokenPipeError:
        return 1


def warn(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    """A caution of ours is one sentence, too; other libraries' stay as they are."""
    from plastica.errors import Caution

    if issubclass(category, Caution):
        complain(message)
    else:
        for line in warnings.formatwarning(message, category, filename, lineno).splitlines():
            print(printable(line), file=sys.stderr)


def complain(error: object) -> int:
    print(printable(f"plastica: {error}"), file=sys.stderr)
    return 2
