// Judges one history of bench/histories/binary-file.ts with Porcupine and prints {"outcome", "ms", "peakMb"}.
//
//	peer FILE SECONDS MEGABYTES
//
// The time is that of the check alone, from the operations in memory to the answer; reading the file does not count.
// An operation whose end nobody knows returns after everything else, with any answer, as Porcupine's own tests do it.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"github.com/anishathalye/porcupine"
)

const (
	read          = 0
	write         = 1
	cas           = 2
	acquire       = 3
	release       = 4
	appendElement = 5
	addElement    = 6
)

const (
	indeterminate = 1
	mismatched    = 2
)

const never = math.MaxInt32

type header struct {
	Model    string `json:"model"`
	Length   int    `json:"length"`
	Starts   int    `json:"starts"`
	Elements int    `json:"elements"`
}

type input struct {
	f, object, a, b, process int32
}

type output struct {
	outcome uint8
	list    string
}

type mutex struct {
	owner, highest int32
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: peer FILE SECONDS MEGABYTES")
		os.Exit(64)
	}
	seconds, _ := strconv.Atoi(os.Args[2])
	megabytes, _ := strconv.ParseUint(os.Args[3], 10, 64)
	// Its memory has no end of its own.
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: megabytes << 20, Max: megabytes << 20})
	model, operations := load(os.Args[1])
	runtime.GC()
	began := time.Now()
	result := porcupine.CheckOperationsTimeout(model, operations, time.Duration(seconds)*time.Second)
	taken := time.Since(began)
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	outcome := map[porcupine.CheckResult]string{porcupine.Ok: "clean", porcupine.Illegal: "violated"}[result]
	if outcome == "" {
		outcome = "out of time"
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"outcome": outcome,
		"ms":      float64(taken.Microseconds()) / 1000,
		"peakMb":  float64(usage.Maxrss) / 1024,
	})
}

func load(path string) (porcupine.Model, []porcupine.Operation) {
	bytes, err := os.ReadFile(path)
	if err != nil || string(bytes[:4]) != "LBH1" {
		fmt.Fprintln(os.Stderr, "peer: no history:", path, err)
		os.Exit(64)
	}
	size := int(binary.LittleEndian.Uint32(bytes[4:]))
	var head header
	if err := json.Unmarshal(bytes[8:8+size], &head); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(64)
	}
	at := 8 + size
	ints := func(length int) []int32 {
		if length == 0 {
			return nil
		}
		column := unsafe.Slice((*int32)(unsafe.Pointer(&bytes[at])), length)
		at += 4 * length
		return column
	}
	n := head.Length
	process, call, ret, object, a, b := ints(n), ints(n), ints(n), ints(n), ints(n), ints(n)
	starts, elements := ints(head.Starts), ints(head.Elements)
	f, outcome := bytes[at:at+n], bytes[at+n:at+2*n]

	operations := make([]porcupine.Operation, n)
	for row := range operations {
		in := input{f: int32(f[row]), object: object[row], a: a[row], b: b[row], process: process[row]}
		out := output{outcome: outcome[row]}
		if (head.Model == "append" || head.Model == "set") && in.f == read {
			shown := append([]int32(nil), elements[starts[in.a]:starts[in.a+1]]...)
			if head.Model == "set" {
				sort.Slice(shown, func(i, j int) bool { return shown[i] < shown[j] })
			}
			for _, element := range shown {
				out.list += name(element)
			}
		}
		end := int64(ret[row])
		if ret[row] == never {
			end = math.MaxInt64
		}
		operations[row] = porcupine.Operation{
			ClientId: int(process[row]), Input: in, Call: int64(call[row]), Output: out, Return: end,
		}
	}
	return modelOf(head.Model), operations
}

func modelOf(name string) porcupine.Model {
	model := porcupine.Model{Partition: byObject}
	switch name {
	case "register", "cas-register", "kv":
		model.Init = func() interface{} { return int32(0) }
		model.Step = stepRegister
	case "append", "set":
		model.Init = func() interface{} { return "" }
		model.Step = stepList
	default:
		model.Init = func() interface{} { return mutex{owner: -1} }
		model.Step = stepMutex
	}
	return model
}

// Each object is judged by itself (Horn and Kroening, P-compositionality).
func byObject(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[int32][]porcupine.Operation{}
	for _, operation := range history {
		object := operation.Input.(input).object
		parts[object] = append(parts[object], operation)
	}
	all := make([][]porcupine.Operation, 0, len(parts))
	for _, part := range parts {
		all = append(all, part)
	}
	return all
}

func stepRegister(state, in, out interface{}) (bool, interface{}) {
	value, asked, answered := state.(int32), in.(input), out.(output)
	switch asked.f {
	case read:
		return answered.outcome == indeterminate || asked.a == value, value
	case write:
		return true, asked.a
	}
	if answered.outcome == mismatched {
		return value != asked.a, value
	}
	if value == asked.a {
		return true, asked.b
	}
	// One that nobody knows the end of may have found another value.
	return answered.outcome == indeterminate, value
}

func stepList(state, in, out interface{}) (bool, interface{}) {
	list, asked, answered := state.(string), in.(input), out.(output)
	if asked.f == appendElement {
		return true, list + name(asked.a)
	}
	if asked.f == addElement {
		return true, added(list, name(asked.a))
	}
	return answered.outcome == indeterminate || answered.list == list, list
}

// Elements have names of one length, so that a set is its elements' names in order.
func name(element int32) string {
	return fmt.Sprintf("%010d", element)
}

func added(set, element string) string {
	at := sort.Search(len(set)/len(element), func(n int) bool { return set[n*len(element):(n+1)*len(element)] >= element }) * len(element)
	if at < len(set) && set[at:at+len(element)] == element {
		return set
	}
	return set[:at] + element + set[at:]
}

func stepMutex(state, in, out interface{}) (bool, interface{}) {
	held, asked, answered := state.(mutex), in.(input), out.(output)
	unknown := answered.outcome == indeterminate
	if asked.f == acquire {
		if held.owner == -1 && (asked.a == 0 || asked.a > held.highest) {
			highest := held.highest
			if asked.a > highest {
				highest = asked.a
			}
			return true, mutex{owner: asked.process, highest: highest}
		}
		return unknown, held
	}
	if held.owner == asked.process {
		return true, mutex{owner: -1, highest: held.highest}
	}
	return unknown, held
}
