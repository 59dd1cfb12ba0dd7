// Package plimsoll is for policies for Kubernetes manifests, written in Go, that run sandboxed in Plimsoll.
//
// A plugin is a program whose init function registers its rules:
//
//	//go:embed plugin.json
//	var description string
//
//	func init() {
//		plimsoll.Plugin(description, plimsoll.Rule{ID: "owner-missing", Check: ownerMissing})
//	}
//
//	func main() {}
//
// and plugin.json says what the plugin and each rule is. `plimsoll plugin build` makes a component of it, which can do nothing but look at
// the objects that it is given: its clock only counts, its random numbers are always the same, and what it prints goes nowhere. So a panic in an
// init function, or os.Exit anywhere, is a fault without a word of why; a panic in a rule is one that says it.
package plimsoll

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rule is one thing that is checked; plugin.json says the rest of it.
type Rule struct {
	// ID is the rule's name in plugin.json.
	ID string
	// Check looks at one object of the kinds that plugin.json names.
	Check func(object Object, report *Report)
	// CheckSet looks at all of them at once, those that are applied together; plugin.json says `"looksAt": "set"` then.
	CheckSet func(objects []Object, report *Report)
	// Configure takes the parameters of the rule, nil if there are none, and says what is wrong with them. A rule without it has none.
	Configure func(parameters json.RawMessage) []Problem
}

// Problem is something wrong in the parameters of a rule.
type Problem struct {
	// Pointer is an RFC 6901 pointer into the parameters.
	Pointer string
	// Message says what is wrong there.
	Message string
}

type entry struct {
	Rule
	kinds []string
	// Whether plugin.json has it look at a whole set.
	set    bool
	wanted bool
}

// What the plugin is, and how far it has come.
var (
	description string
	// What is wrong with it.
	broken     error
	entries    []entry
	configured bool
	// The minor version of Kubernetes that the manifests are meant for.
	kubernetes int
)

// Plugin says what the plugin is, with the text of plugin.json, and which rules it has.
func Plugin(text string, rules ...Rule) {
	var described struct {
		Rules []struct {
			ID      string
			Kinds   []string
			LooksAt string
		}
	}
	description, broken = text, json.Unmarshal([]byte(text), &described)
	for _, rule := range rules {
		entry := entry{Rule: rule, kinds: []string{"*"}}
		for _, of := range described.Rules {
			if of.ID != rule.ID {
				continue
			}
			entry.set = of.LooksAt == "set"
			if of.Kinds != nil {
				entry.kinds = of.Kinds
			}
		}
		entries = append(entries, entry)
	}
}

// What the code and plugin.json say differently: such a rule would find nothing and look as if all were well.
func (rule entry) disagrees() string {
	switch {
	case rule.Check != nil && rule.CheckSet != nil:
		return "the code has both Check and CheckSet, of which a rule has one"
	case rule.set && rule.CheckSet == nil:
		return "plugin.json says `\"looksAt\": \"set\"`, and the code has no CheckSet"
	case !rule.set && rule.Check == nil:
		return "the code has no Check, and plugin.json does not say `\"looksAt\": \"set\"`"
	}
	return ""
}

// Takes the configuration of a scan.
func configure(config string) []Problem {
	if broken != nil {
		return []Problem{{"", "plugin.json: " + broken.Error()}}
	}
	var asked struct {
		Kubernetes string
		Rules      []string
		Parameters map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(config), &asked); err != nil {
		return []Problem{{"", err.Error()}}
	}
	minor := strings.Split(strings.TrimPrefix(asked.Kubernetes, "1."), ".")[0]
	kubernetes, _ = strconv.Atoi(minor)
	var problems []Problem
	for i := range entries {
		rule := &entries[i]
		if rule.wanted = slices.Contains(asked.Rules, rule.ID); !rule.wanted {
			continue
		}
		parameters := asked.Parameters[rule.ID]
		var found []Problem
		switch disagrees := rule.disagrees(); {
		case disagrees != "":
			found = []Problem{{"", disagrees}}
		case rule.Configure != nil:
			found = rule.Configure(parameters)
		case parameters != nil:
			found = []Problem{{"", "this rule has no parameters; remove them"}}
		}
		for _, problem := range found {
			problem.Pointer = "/parameters/" + rule.ID + problem.Pointer
			problems = append(problems, problem)
		}
	}
	// A rule that only plugin.json knows would find nothing and look as if all were well.
	for _, id := range asked.Rules {
		if !slices.ContainsFunc(entries, func(rule entry) bool { return rule.ID == id }) {
			problems = append(problems, Problem{"/parameters/" + id, "plugin.json has this rule, and the code has none of that name"})
		}
	}
	configured = problems == nil
	return problems
}

// Asks the rules about the objects on a tape.
func check(tape []byte, set bool) (findings []Finding, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	if !configured {
		return nil, fmt.Errorf("`check` was called before `configure`")
	}
	objects, err := read(tape)
	if err != nil {
		return nil, err
	}
	report := &Report{}
	if set {
		for _, rule := range entries {
			if rule.wanted && rule.CheckSet != nil {
				report.rule = rule.ID
				rule.CheckSet(slices.DeleteFunc(slices.Clone(objects), func(object Object) bool { return !object.is(rule.kinds) }), report)
			}
		}
		return report.findings, nil
	}
	for _, object := range objects {
		for _, rule := range entries {
			if rule.wanted && rule.Check != nil && object.is(rule.kinds) {
				report.rule = rule.ID
				rule.Check(object, report)
			}
		}
	}
	return report.findings, nil
}
