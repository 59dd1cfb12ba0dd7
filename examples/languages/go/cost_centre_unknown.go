package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	plimsoll "github.com/plimsoll-dev/plimsoll/sdk/go"
)

const costCentreLabel = "acme.example/cost-centre"

// The cost centres that finance knows; nothing is found without any.
var allowed []string

func readCostCentres(parameters json.RawMessage) []plimsoll.Problem {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(parameters, &keys); parameters != nil && err != nil {
		return []plimsoll.Problem{{Message: err.Error()}}
	}
	for key, value := range keys {
		if key != "allowed" {
			return []plimsoll.Problem{{Pointer: "/" + key, Message: fmt.Sprintf("unknown field `%s`, expected `allowed`", key)}}
		}
		wrong := func(pointer string) []plimsoll.Problem {
			return []plimsoll.Problem{{Pointer: pointer, Message: "write a list of cost centres, each as text"}}
		}
		var items []any
		if err := json.Unmarshal(value, &items); err != nil || items == nil {
			return wrong("/allowed")
		}
		for i, item := range items {
			text, isText := item.(string)
			if !isText {
				return wrong(fmt.Sprintf("/allowed/%d", i))
			}
			allowed = append(allowed, text)
		}
	}
	return nil
}

func costCentreUnknown(object plimsoll.Object, report *plimsoll.Report) {
	label := object.Labels().Get(costCentreLabel)
	value := label.Str()
	if len(allowed) == 0 || slices.Contains(allowed, value) {
		return
	}
	wrong := fmt.Sprintf("finance does not know the cost centre \"%s\"", value)
	if value == "" {
		wrong = fmt.Sprintf("%s \"%s\" has no cost centre", object.Kind(), object.Name())
	}
	list := strings.Join(allowed, ", ")
	report.At(label, fmt.Sprintf("%s; set the label `%s` to one of %s", wrong, costCentreLabel, list))
}
