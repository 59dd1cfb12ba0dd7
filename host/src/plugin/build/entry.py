"""The interface as componentize-py asks for it, answered by the plugin in src/plugin.py."""

from componentize_py_types import Err
from plimsoll import GaveUp, Problems
from plimsoll_description import DESCRIPTION
from plugin import PLUGIN

PLUGIN.described(DESCRIPTION)


class Rules:
    def describe(self):
        return DESCRIPTION

    def configure(self, config):
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
