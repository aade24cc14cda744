// A client for leasebreaker around etcd's official Go lock, clientv3's concurrency.Session and concurrency.Mutex, used as their
// documentation uses them. This file speaks the protocol (docs/client-protocol.md): requests from stdin, answers to stdout, one
// JSON object a line. lock.go has the lock, storage.go the storage that it guards.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// maxLine is the longest line that the protocol knows, in bytes.
const maxLine = 1 << 20

type object = map[string]any

// request has the fields of all requests; those that are not known are dropped.
type request struct {
	ID         *int64          `json:"id"`
	F          string          `json:"f"`
	Version    int             `json:"version"`
	Recipe     string          `json:"recipe"`
	Etcd       []string        `json:"etcd"`
	Storage    string          `json:"storage"`
	TTL        int             `json:"ttl"`
	OnLoss     string          `json:"onLoss"`
	KeepAlive  string          `json:"keepAlive"`
	Token      string          `json:"token"`
	DeadlineMs float64         `json:"deadlineMs"`
	Lock       string          `json:"lock"`
	Key        string          `json:"key"`
	Value      json.RawMessage `json:"value"`
	Op         *int64          `json:"op"`
	Process    *int64          `json:"process"`
	Register   bool            `json:"register"`
}

func (r request) deadline() time.Duration {
	return time.Duration(r.DeadlineMs * float64(time.Millisecond))
}

// refusal is why a request was not carried out, with a code of the protocol's table.
type refusal struct{ code, message string }

// definite are the codes after which nothing has happened: they answer `fail`, all others `info`.
var definite = map[string]bool{
	"fenced": true, "lock-lost": true, "not-held": true, "not-open": true, "bad-request": true,
	"connection-refused": true, "lease-not-found": true, "unsupported": true,
}

var writing sync.Mutex

func emit(message object) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	writing.Lock()
	defer writing.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func answer(id int64, fields object, no *refusal) {
	if no != nil {
		kind := "info"
		if definite[no.code] {
			kind = "fail"
		}
		emit(object{"id": id, "type": kind, "error": no.code, "message": no.message})
		return
	}
	said := object{"id": id, "type": "ok"}
	for name, value := range fields {
		said[name] = value
	}
	emit(said)
}

// check says what is wrong with a request's fields.
func (r request) check() *refusal {
	bad := func(message string) *refusal { return &refusal{"bad-request", message} }
	switch r.F {
	case "open":
		switch {
		case len(r.Etcd) == 0 || r.Storage == "" || r.TTL < 1 || r.DeadlineMs <= 0:
			return bad("open takes etcd, storage, ttl and deadlineMs")
		case r.OnLoss != "ignore" && r.OnLoss != "stop":
			return bad("onLoss is ignore or stop")
		case r.KeepAlive == "controller":
			return &refusal{"unsupported", "a concurrency.Session keeps its lease alive by itself"}
		case r.Token != "create-revision" && r.Token != "header-revision" && r.Token != "lease-id":
			return &refusal{"unsupported", "no token source " + r.Token}
		case !strings.HasPrefix(r.Storage, "http://"):
			return &refusal{"unsupported", "no storage but http"}
		}
	case "acquire":
		if r.Lock == "" {
			return bad("acquire takes a lock")
		}
	case "read", "write":
		if r.Key == "" || r.Op == nil || r.Process == nil {
			return bad(r.F + " takes key, op and process")
		}
	}
	return nil
}

func main() {
	client := &client{}
	lines := bufio.NewReaderSize(os.Stdin, 64<<10)
	for {
		line, tooLong, err := readLine(lines)
		if len(line) > 0 || tooLong {
			receive(client, line, tooLong)
		}
		if err != nil {
			break
		}
	}
	// stdin has ended: the lease is given back, if that is soon done.
	done := make(chan struct{})
	go func() { client.close(); close(done) }()
	select {
	case <-done:
	case <-time.After(500 * time.Millisecond):
	}
}

// readLine reads up to the next newline; of a line that is too long nothing is kept.
func readLine(from *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		piece, err := from.ReadSlice('\n')
		if len(line)+len(piece) > maxLine+1 {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, piece...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			fmt.Fprintln(os.Stderr, "stdin:", err)
		}
		return line, tooLong, err
	}
}

func receive(client *client, line []byte, tooLong bool) {
	var asked request
	err := json.Unmarshal(line, &asked)
	if tooLong || err != nil || asked.ID == nil || asked.F == "" {
		fmt.Fprintf(os.Stderr, "not a request: %.200s\n", line)
		// Whatever else is wrong with it: what has an id is answered.
		var named struct {
			ID *int64 `json:"id"`
		}
		if json.Unmarshal(line, &named); named.ID != nil {
			answer(*named.ID, nil, &refusal{"bad-request", "not a request"})
		}
		return
	}
	id := *asked.ID
	if no := asked.check(); no != nil {
		answer(id, nil, no)
		return
	}
	switch asked.F {
	case "hello":
		if asked.Version != 1 {
			answer(id, nil, &refusal{"unsupported", "this client speaks version 1"})
			return
		}
		answer(id, object{"value": object{"version": 1, "name": "go-mutex"}}, nil)
	case "clock":
		answer(id, object{"value": object{"wallMs": time.Now().UnixMilli(), "monotonicNs": monotonicNs()}}, nil)
	case "open", "acquire", "read", "write", "check", "release":
		if !client.begin() {
			answer(id, nil, &refusal{"bad-request", "another request is under way"})
			return
		}
		// Beside this loop, which goes on reading: a close may come while an acquire waits.
		go func() {
			fields, no := client.carryOut(asked)
			client.end()
			answer(id, fields, no)
			client.answered(id)
		}()
	case "close":
		go func() {
			answer(id, nil, client.close())
		}()
	case "keep-alive":
		go func() {
			fields, no := client.keepAlive()
			answer(id, fields, no)
		}()
	default:
		answer(id, nil, &refusal{"unsupported", "no operation " + asked.F})
	}
}

var started = time.Now()

// monotonicNs counts from the start of the program.
func monotonicNs() string {
	return fmt.Sprint(time.Since(started).Nanoseconds())
}
