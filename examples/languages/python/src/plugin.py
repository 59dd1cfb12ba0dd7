"""Who owns a workload, and who pays for it: the policy that every folder beside this one writes in another language."""

import cost_centre_unknown
import owner_missing
from plimsoll import Plugin

PLUGIN = Plugin({"cost-centre-unknown": cost_centre_unknown, "owner-missing": owner_missing})
