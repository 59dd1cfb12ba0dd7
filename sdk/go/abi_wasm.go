package plimsoll

import (
	"encoding/binary"
	"unsafe"
)

// The functions that the host calls, in the form that the component model gives them: texts and lists are an address and a length, and what
// is returned is the address of a record. The host has read that when it calls the function whose name begins with `cabi_post_`.

// What the host may still read; Go moves nothing, so that an address holds as long as this does.
var lent []unsafe.Pointer

// Bytes that the host has asked for.
//
//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	bytes := record(unsafe.Slice((*byte)(old), min(oldSize, size)))
	return bytes.lend(size)
}

// A record while it is written.
type record []byte

func (r *record) number(number uint32) { *r = binary.LittleEndian.AppendUint32(*r, number) }

func (r *record) text(text string) {
	at := unsafe.Pointer(unsafe.StringData(text))
	lent = append(lent, at)
	r.number(uint32(uintptr(at)))
	r.number(uint32(len(text)))
}

func (r *record) place(at place) {
	r.number(at.object)
	r.number(at.node)
	r.text(at.path)
}

func (r *record) list(items record, count int) {
	r.number(uint32(uintptr(items.lend(uint32(len(items))))))
	r.number(uint32(count))
}

// Where the record is from now on, in so many bytes. Words, so that it is aligned for whatever it holds.
func (r record) lend(size uint32) unsafe.Pointer {
	words := make([]uint64, size/8+1)
	at := unsafe.Pointer(&words[0])
	copy(unsafe.Slice((*byte)(at), size), r)
	lent = append(lent, at)
	return at
}

func (r record) result() unsafe.Pointer { return r.lend(uint32(len(r))) }

//go:wasmexport plimsoll:policy/rules@1.0.0#describe
func exportedDescribe() unsafe.Pointer {
	var result record
	result.text(description)
	return result.result()
}

//go:wasmexport plimsoll:policy/rules@1.0.0#configure
func exportedConfigure(at *byte, size uint32) unsafe.Pointer {
	problems := configure(string(unsafe.Slice(at, size)))
	var list, result record
	for _, problem := range problems {
		list.text(problem.Pointer)
		list.text(problem.Message)
	}
	result.number(uint32(min(len(problems), 1)))
	result.list(list, len(problems))
	return result.result()
}

//go:wasmexport plimsoll:policy/rules@1.0.0#check
func exportedCheck(at *byte, size uint32) unsafe.Pointer {
	return answer(check(unsafe.Slice(at, size), false))
}

//go:wasmexport plimsoll:policy/rules@1.0.0#check-set
func exportedCheckSet(at *byte, size uint32) unsafe.Pointer {
	return answer(check(unsafe.Slice(at, size), true))
}

func answer(findings []Finding, err error) unsafe.Pointer {
	var list, result record
	if err != nil {
		result.number(1)
		result.text(err.Error())
		return result.result()
	}
	for i := range findings {
		list.finding(&findings[i])
	}
	result.number(0)
	result.list(list, len(findings))
	return result.result()
}

func (r *record) finding(finding *Finding) {
	var others, edits record
	for _, other := range finding.related {
		others.place(other.at)
		others.text(other.message)
	}
	for _, edit := range finding.edits {
		edits.place(edit.at)
		edits.text(edit.action)
		edits.text(edit.value)
	}
	r.text(finding.rule)
	r.place(finding.at)
	r.text(finding.message)
	r.list(others, len(finding.related))
	// Whether there is a fix; nobody reads it if not.
	r.number(uint32(min(len(finding.edits), 1)))
	r.text(finding.description)
	r.list(edits, len(finding.edits))
	r.text("")
}

//go:wasmexport cabi_post_plimsoll:policy/rules@1.0.0#describe
func describeRead(uint32) { lent = nil }

//go:wasmexport cabi_post_plimsoll:policy/rules@1.0.0#configure
func configureRead(uint32) { lent = nil }

//go:wasmexport cabi_post_plimsoll:policy/rules@1.0.0#check
func checkRead(uint32) { lent = nil }

//go:wasmexport cabi_post_plimsoll:policy/rules@1.0.0#check-set
func checkSetRead(uint32) { lent = nil }
