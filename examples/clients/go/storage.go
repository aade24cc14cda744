// The storage that the lock guards, over HTTP: every request is sent exactly once, on a connection of its own.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// post asks for /read or /write. What came back as a value is passed on as it is.
func post(url string, body object, deadline time.Duration) (json.RawMessage, *refusal) {
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, &refusal{"bad-request", err.Error()}
	}
	// A transport of its own: net/http would send a request again if a connection that it had kept turned out to be closed.
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: deadline}).Post(url, "application/json", bytes.NewReader(payload))
	if err != nil {
		return nil, fromNetwork(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fromNetwork(err)
	}
	switch response.StatusCode {
	case 200:
		var accepted struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(text, &accepted); err != nil {
			return nil, &refusal{"unavailable", err.Error()}
		}
		return accepted.Value, nil
	case 409:
		return nil, &refusal{"fenced", string(text)}
	case 400, 404, 405, 413, 415:
		return nil, &refusal{"bad-request", string(text)}
	default:
		return nil, &refusal{"unavailable", fmt.Sprintf("status %d", response.StatusCode)}
	}
}

// fromNetwork tells the one error that is certain, no connection, from those after which nobody knows.
func fromNetwork(err error) *refusal {
	var dial *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), os.IsTimeout(err):
		return &refusal{"timeout", err.Error()}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &refusal{"connection-refused", err.Error()}
	default:
		return &refusal{"unavailable", err.Error()}
	}
}
