package plimsoll

import "encoding/json"

// Report takes what a rule has to say.
type Report struct {
	rule     string
	findings []Finding
}

// Finding is what a rule says about a place.
type Finding struct {
	rule        string
	at          place
	message     string
	related     []related
	description string
	edits       []Edit
}

// Edit is one change to a manifest.
type Edit struct {
	at            place
	action, value string
}

type related struct {
	at      place
	message string
}

type place struct {
	object, node uint32
	path         string
}

// At says that something is wrong at a node, which need not exist. The message is for people: what is wrong here, and what to do. The
// finding may be added to until the next one.
func (r *Report) At(node Node, message string) *Finding {
	r.findings = append(r.findings, Finding{rule: r.rule, at: node.place(), message: message})
	return &r.findings[len(r.findings)-1]
}

// Kubernetes is the version that the manifests are meant for, as the number after `1.`.
func (r *Report) Kubernetes() int { return kubernetes }

// Related adds a place that helps to understand the finding.
func (f *Finding) Related(node Node, message string) *Finding {
	f.related = append(f.related, related{node.place(), message})
	return f
}

// Fix adds edits that mend the finding, together with those that it has.
func (f *Finding) Fix(edits ...Edit) *Finding {
	f.description, f.edits = f.message, append(f.edits, edits...)
	return f
}

// Set writes a value, with what is missing on the way. It panics if the value is none for JSON.
func Set(node Node, value any) Edit {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return Edit{node.place(), "set", string(text)}
}

// Remove removes the key with its value, or the item.
func Remove(node Node) Edit { return Edit{node.place(), "remove", ""} }

// Rename gives the key of the node another name.
func Rename(node Node, key string) Edit { return Edit{node.place(), "rename", key} }
