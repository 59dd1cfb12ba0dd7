package main

import (
	"fmt"

	plimsoll "github.com/plimsoll-dev/plimsoll/sdk/go"
)

const ownerLabel = "acme.example/owner"

func ownerMissing(object plimsoll.Object, report *plimsoll.Report) {
	owner := object.Labels().Get(ownerLabel)
	if owner.Str() != "" {
		return
	}
	message := fmt.Sprintf("%s \"%s\" has no owner; add the label `%s`", object.Kind(), object.Name(), ownerLabel)
	finding := report.At(owner, message)
	for _, pod := range object.Pods() {
		for container := range pod.Containers() {
			if image := container.Get("image"); image.Str() != "" {
				finding.Related(image, "nobody answers for "+image.Str())
			}
		}
	}
	for _, pod := range object.Pods() {
		if ofPod := pod.Labels().Get(ownerLabel).Str(); ofPod != "" {
			finding.Fix(plimsoll.Set(owner, ofPod))
			break
		}
	}
}
