// Who owns a workload, and who pays for it: the policy that every folder beside this one writes in another language.

import * as costCentreUnknown from "./cost-centre-unknown.js";
import * as ownerMissing from "./owner-missing.js";
import { plugin } from "./plimsoll.js";

export default plugin({ "cost-centre-unknown": costCentreUnknown, "owner-missing": ownerMissing });
