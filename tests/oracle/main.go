// The oracle: what Kubernetes itself reads from a manifest, to be compared with what our reader reads.
//
//	oracle [FILE…]            a line of JSON a file: {"file":…,"documents":[{"json":…} or {"error":…}]}
//	oracle -objects [FILE…]   a line of JSON an object: {"file":…,"object":…}
//	oracle -stream            sources on standard input, each after its length (4 bytes, little endian); a line a source
//
// Without files their names are read from standard input, one a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// document is one document: what it says, or why it cannot be read.
type document struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

// raw takes whatever JSON it is given, as runtime.RawExtension does in kubectl.
type raw struct{ bytes []byte }

func (r *raw) UnmarshalJSON(in []byte) error {
	r.bytes = append([]byte(nil), in...)
	return nil
}

func main() {
	objects := flag.Bool("objects", false, "print objects instead of documents")
	stream := flag.Bool("stream", false, "read sources, each after its length, from standard input")
	flag.Parse()

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if *stream {
		answer(os.Stdin, out)
		return
	}
	for _, file := range files() {
		source, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		read := documents(source)
		if *objects {
			for _, document := range read {
				for _, object := range open(document.JSON) {
					line(out, map[string]any{"file": file, "object": object})
				}
			}
			continue
		}
		line(out, map[string]any{"file": file, "documents": read})
	}
}

func files() []string {
	if flag.NArg() > 0 {
		return flag.Args()
	}
	var names []string
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	return names
}

func answer(in io.Reader, out *bufio.Writer) {
	in = bufio.NewReaderSize(in, 1<<20)
	for {
		var length uint32
		if binary.Read(in, binary.LittleEndian, &length) != nil {
			return
		}
		source := make([]byte, length)
		if _, err := io.ReadFull(in, source); err != nil {
			return
		}
		line(out, map[string]any{"documents": documents(source)})
		out.Flush()
	}
}

func line(out *bufio.Writer, value any) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// documents reads as kubectl does, but goes on after a broken document for as long as the decoder itself would.
func documents(source []byte) []document {
	read := []document{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(source), 4096)
	for {
		var into raw
		err := decode(decoder, &into)
		if err == io.EOF {
			return read
		}
		value, err := settled(into.bytes, err)
		switch {
		case err != nil:
			read = append(read, document{Error: err.Error()})
			if stuck(decoder) {
				return read
			}
		case string(value) != "null":
			read = append(read, document{JSON: value})
		}
	}
}

// settled is the JSON as Kubernetes understands it: one value a key, text that is Unicode, integers of 64 bits or floats.
func settled(bytes []byte, err error) (json.RawMessage, error) {
	if err != nil || len(bytes) == 0 {
		return []byte("null"), err
	}
	var value any
	if err := utiljson.Unmarshal(bytes, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func decode(decoder *yaml.YAMLOrJSONDecoder, into *raw) (err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			err = fmt.Errorf("panic: %v", trouble)
		}
	}()
	return decoder.Decode(into)
}

// stuck says whether the decoder would return the same error forever.
func stuck(decoder *yaml.YAMLOrJSONDecoder) bool {
	inside := reflect.ValueOf(decoder).Elem()
	if inside.FieldByName("yaml").IsNil() {
		return inside.FieldByName("json").IsNil() || !inside.FieldByName("json").Elem().FieldByName("err").IsNil()
	}
	return false
}

// open returns the Kubernetes objects of a document: itself, or the items of a list.
func open(document json.RawMessage) []json.RawMessage {
	var object map[string]json.RawMessage
	if len(document) == 0 || json.Unmarshal(document, &object) != nil {
		return nil
	}
	_, versioned := text(object["apiVersion"])
	kind, kinded := text(object["kind"])
	if !versioned || !kinded {
		return nil
	}
	var items []json.RawMessage
	if listed := object["items"]; strings.HasSuffix(kind, "List") && bytes.HasPrefix(listed, []byte("[")) && json.Unmarshal(listed, &items) == nil {
		var opened []json.RawMessage
		for _, item := range items {
			opened = append(opened, open(item)...)
		}
		return opened
	}
	return []json.RawMessage{document}
}

func text(value json.RawMessage) (string, bool) {
	var text *string
	if json.Unmarshal(value, &text) != nil || text == nil {
		return "", false
	}
	return *text, true
}
