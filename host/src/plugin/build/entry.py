"""The interface as componentize-py asks for it, answered by the plugin in src/plugin.py.

Whoever asks for the clock, or for a module when there are no files any more, is told; without this the component would just stop.
"""

import datetime
import sys
import time


def _refuse(*_args, **_kwargs):
    raise RuntimeError("a plugin has no clock: the same objects always get the same answer")


class _Date(datetime.date):
    today = _refuse


class _Datetime(datetime.datetime):
    now = utcnow = today = _refuse


datetime.date, datetime.datetime = _Date, _Datetime
for _asks in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "localtime", "gmtime", "ctime", "sleep"):
    setattr(time, _asks, _refuse)

from componentize_py_types import Err  # noqa: E402
from plimsoll import GaveUp, Problems  # noqa: E402
from plimsoll_description import DESCRIPTION  # noqa: E402
from plugin import PLUGIN  # noqa: E402

PLUGIN.described(DESCRIPTION)


class _TooLate:
    """Stands where modules were looked for in files."""

    def find_spec(self, name, _path=None, _target=None):
        raise ImportError(f"{name} is imported too late: import it at the top of a module, while the component is made")


class Rules:
    def describe(self):
        return DESCRIPTION

    def configure(self, config):
        sys.meta_path[-1] = _TooLate()
        try:
            PLUGIN.configure(config)
        except Problems as error:
            raise Err(error.problems)

    def check(self, objects):
        try:
            return PLUGIN.check(objects)
        except GaveUp as error:
            raise Err(str(error))

    def check_set(self, objects):
        try:
            return PLUGIN.check_set(objects)
        except GaveUp as error:
            raise Err(str(error))
