"""Places where a test may kill the process, to show that any instant is survivable.

`MOSTIK_KILL_AT=17` ends the process with SIGKILL at the 17th place passed since start, and
`MOSTIK_KILL_AT=after_commit:3` at the third passing of that one. Unset, a place costs one test of
a module variable.
"""

from __future__ import annotations

import os
import signal

_wanted = os.environ.get("MOSTIK_KILL_AT", "")
_name, _, _count = _wanted.rpartition(":")
_left = int(_count) if _count.isdecimal() else 0


def failpoint(name: str) -> None:
    """Pass a named place; the process ends here if a test has asked for it."""
    global _left  # noqa: PLW0603 - one countdown for the whole process
    if not _left or (_name and _name != name):
        return
    _left -= 1
    if not _left:
        os.kill(os.getpid(), signal.SIGKILL)
