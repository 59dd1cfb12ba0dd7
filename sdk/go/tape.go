package plimsoll

import (
	"encoding/binary"
	"errors"
)

// Stands for 'no node'.
const none = 0xFFFFFFFF

// An object as it crosses the wall, read in place; wit/1.0.0/TAPE.md has the layout. What does not fit is out of bounds, and panics.
type chunk struct {
	nodes, symbols, text []byte
	pods                 [][2]uint32
	file                 string
}

func u32(bytes []byte, at uint32) uint32 { return binary.LittleEndian.Uint32(bytes[at:]) }

// The objects on a tape.
func read(tape []byte) ([]Object, error) {
	if len(tape) < 16 || string(tape[:4]) != "plim" || u32(tape, 4) != 1 {
		return nil, errors.New("this is no tape of version 1")
	}
	objects := make([]Object, u32(tape, 8))
	rest := tape[16:]
	for i := range objects {
		size := u32(rest, 0)
		objects[i] = Object{Node{open(rest[:size]), uint32(i), 0, ""}}
		rest = rest[size:]
	}
	return objects, nil
}

func open(bytes []byte) *chunk {
	nodes, symbols, pods, text := u32(bytes, 4), u32(bytes, 8), u32(bytes, 12), u32(bytes, 16)
	take := func(size uint32) []byte {
		taken := bytes[:size:size]
		bytes = bytes[size:]
		return taken
	}
	header := take(32)
	chunk := &chunk{nodes: take(16 * nodes), symbols: take(8 * symbols)}
	list := take(8 * pods)
	for at := uint32(0); at < 8*pods; at += 8 {
		chunk.pods = append(chunk.pods, [2]uint32{u32(list, at), u32(list, at+4)})
	}
	chunk.text = take(text)
	chunk.file = string(chunk.bytes(uint64(u32(header, 24))<<32 | uint64(u32(header, 20))))
	return chunk
}

func (c *chunk) typeOf(node uint32) Type { return Type(c.nodes[16*node]) }

// How many nodes the subtree has, this one included.
func (c *chunk) size(node uint32) uint32 { return max(u32(c.nodes, 16*node+4), 1) }

func (c *chunk) value(node uint32) uint64 { return binary.LittleEndian.Uint64(c.nodes[16*node+8:]) }

// The key under which a node stands in its mapping.
func (c *chunk) key(node uint32) []byte {
	symbol := u32(c.nodes, 16*node) >> 8
	return c.bytes(binary.LittleEndian.Uint64(c.symbols[8*symbol:]))
}

// A text out of its offset, the lower half, and its length.
func (c *chunk) bytes(at uint64) []byte {
	offset, length := uint32(at), uint32(at>>32)
	return c.text[offset:][:length]
}
