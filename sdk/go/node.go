package plimsoll

import (
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Type is what a value is.
type Type int

// The types of values. Missing stands for an address at which there is nothing.
const (
	Missing Type = iota - 1
	Null
	Bool
	Integer
	large
	Float
	String
	Sequence
	Mapping
)

// Node is an address in an object and the value there, if there is one. A step that leads nowhere is no error: the node is then missing,
// knows its address all the same, and a finding on it is shown at the nearest ancestor that exists.
type Node struct {
	chunk  *chunk
	object uint32
	// The node, or the deepest ancestor that exists.
	index uint32
	// What is missing below that, as a pointer.
	missing string
}

// Object is one Kubernetes object.
type Object struct{ Node }

// Pod is the pod template of an object, or a `Pod` itself.
type Pod struct{ Spec, Metadata Node }

// Get is the value under a key.
func (n Node) Get(key string) Node {
	for value := range n.children(Mapping) {
		if string(n.chunk.key(value.index)) == key {
			return value
		}
	}
	n.missing += "/" + strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
	return n
}

// At is the value at the end of several keys.
func (n Node) At(keys ...string) Node {
	for _, key := range keys {
		n = n.Get(key)
	}
	return n
}

// Item is the item of a sequence at this position, from 0.
func (n Node) Item(position int) Node {
	for item := range n.Items() {
		if position == 0 {
			return item
		}
		position--
	}
	n.missing += "/-"
	return n
}

// Items are the items of a sequence; none if it is not one.
func (n Node) Items() iter.Seq[Node] { return n.children(Sequence) }

// Entries are the entries of a mapping with their keys; none if it is not one.
func (n Node) Entries() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		for value := range n.children(Mapping) {
			if !yield(string(n.chunk.key(value.index)), value) {
				return
			}
		}
	}
}

func (n Node) children(of Type) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.Type() != of {
			return
		}
		end := n.index + n.chunk.size(n.index)
		for at := n.index + 1; at < end; at += n.chunk.size(at) {
			if !yield(Node{n.chunk, n.object, at, ""}) {
				return
			}
		}
	}
}

// Type is what is there.
func (n Node) Type() Type {
	if n.missing != "" {
		return Missing
	}
	of := n.chunk.typeOf(n.index)
	if of == large {
		return Integer
	}
	return of
}

// IsSet says whether a value is there that Kubernetes would take notice of: anything but nothing and `null`.
func (n Node) IsSet() bool { return n.Type() > Null }

// Str is the text, or nothing where it is no string.
func (n Node) Str() string {
	if n.Type() != String {
		return ""
	}
	return string(n.chunk.bytes(n.chunk.value(n.index)))
}

// IsTrue says whether it is the boolean true.
func (n Node) IsTrue() bool { return n.Type() == Bool && n.chunk.value(n.index) == 1 }

// IsFalse says whether it is the boolean false.
func (n Node) IsFalse() bool { return n.Type() == Bool && n.chunk.value(n.index) == 0 }

// Int is the number, if it is a whole one that fits. A float without a fraction counts, as it does for Kubernetes.
func (n Node) Int() (int64, bool) {
	switch n.Type() {
	case Integer:
		return int64(n.chunk.value(n.index)), n.chunk.typeOf(n.index) != large
	case Float:
		number := math.Float64frombits(n.chunk.value(n.index))
		whole := number == math.Trunc(number) && number >= -(1<<63) && number < 1<<63
		if whole {
			return int64(number), true
		}
	}
	return 0, false
}

// Text is a string, number or boolean as text; nothing for anything else.
func (n Node) Text() string {
	switch of := n.Type(); {
	case of == String:
		return n.Str()
	case of == Bool:
		return strconv.FormatBool(n.IsTrue())
	case of == Float:
		return strconv.FormatFloat(math.Float64frombits(n.chunk.value(n.index)), 'f', -1, 64)
	case of == Integer && n.chunk.typeOf(n.index) == large:
		return strconv.FormatUint(n.chunk.value(n.index), 10)
	case of == Integer:
		return strconv.FormatInt(int64(n.chunk.value(n.index)), 10)
	}
	return ""
}

func (n Node) place() place { return place{n.object, n.index, n.missing} }

// The mapping or sequence around a node that exists; the object itself has none, and gives itself.
func (n Node) parent() Node {
	around := Node{n.chunk, n.object, 0, ""}
	for {
		next, inside := around, false
		for at := around.index + 1; at < around.index+n.chunk.size(around.index); at += n.chunk.size(at) {
			if at < n.index && n.index < at+n.chunk.size(at) {
				next.index, inside = at, true
			}
		}
		if !inside {
			return around
		}
		around = next
	}
}

// File is the path of the source, relative to the root of the repository.
func (o Object) File() string { return o.chunk.file }

// Kind is what the object is, such as Deployment.
func (o Object) Kind() string { return o.Get("kind").Str() }

// Group is the API group: `apps`; empty for the core group.
func (o Object) Group() string {
	version := o.Get("apiVersion").Str()
	return version[:max(strings.LastIndexByte(version, '/'), 0)]
}

// Name is the object's name; empty where it is missing.
func (o Object) Name() string { return o.At("metadata", "name").Str() }

// Namespace is the object's namespace; empty where it has none.
func (o Object) Namespace() string { return o.At("metadata", "namespace").Str() }

// Labels are `metadata.labels`.
func (o Object) Labels() Node { return o.At("metadata", "labels") }

// Annotations are `metadata.annotations`.
func (o Object) Annotations() Node { return o.At("metadata", "annotations") }

// Pods are the pods of the object; some custom kinds carry several.
func (o Object) Pods() []Pod {
	pods := make([]Pod, 0, len(o.chunk.pods))
	for _, nodes := range o.chunk.pods {
		spec := Node{o.chunk, o.object, nodes[0], ""}
		metadata := Node{o.chunk, o.object, nodes[1], ""}
		if nodes[1] == none {
			metadata = spec.parent().Get("metadata")
		}
		pods = append(pods, Pod{spec, metadata})
	}
	return pods
}

// Labels are the labels of the pod.
func (p Pod) Labels() Node { return p.Metadata.Get("labels") }

// Containers are the main containers of the pod.
func (p Pod) Containers() iter.Seq[Node] { return p.Spec.Get("containers").Items() }

// Whether a rule for these kinds looks at the object.
func (o Object) is(kinds []string) bool {
	return slices.ContainsFunc(kinds, func(wanted string) bool {
		slash := strings.LastIndexByte(wanted, '/')
		switch {
		case wanted == "*":
			return true
		case wanted == "@pods":
			return len(o.chunk.pods) > 0
		case slash >= 0:
			return o.Kind() == wanted[slash+1:] && o.Group() == wanted[:slash]
		default:
			return o.Kind() == wanted
		}
	})
}
