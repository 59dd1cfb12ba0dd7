// Who owns a workload, and who pays for it: the policy that every folder beside this one writes in another language.
package main

import (
	_ "embed"

	plimsoll "github.com/plimsoll-dev/plimsoll/sdk/go"
)

//go:embed plugin.json
var description string

func init() {
	plimsoll.Plugin(description,
		plimsoll.Rule{ID: "cost-centre-unknown", Check: costCentreUnknown, Configure: readCostCentres},
		plimsoll.Rule{ID: "owner-missing", Check: ownerMissing},
	)
}

func main() {}
