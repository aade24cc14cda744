// The lock: concurrency.Session and concurrency.Mutex as their documentation has them, and around them what the protocol asks for.
// To bring a Go lock of your own, replace what this file does with `session` and `mutex`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// connection is one session with etcd, from open to close.
type connection struct {
	options request
	etcd    *clientv3.Client
	session *concurrency.Session
	ttlMs   int64
	// closing ends whatever waits.
	closing context.Context
	cancel  context.CancelFunc
}

// hold is a lock that was acquired, until it is released.
type hold struct {
	id    int64
	mutex *concurrency.Mutex
	token string
}

// client has at most one connection and one hold.
type client struct {
	mutex    sync.Mutex
	underWay bool
	open     *connection
	held     *hold
	// acquired is the id of the acquire whose hold may be told to be lost once its answer is out; 0: none.
	acquired int64
}

func (c *client) begin() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.underWay {
		return false
	}
	c.underWay = true
	return true
}

func (c *client) end() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.underWay = false
}

func (c *client) now() (*connection, *hold) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.open, c.held
}

func (c *client) carryOut(asked request) (object, *refusal) {
	if asked.F == "open" {
		return c.openSession(asked)
	}
	open, held := c.now()
	if open == nil || open.session == nil {
		return nil, &refusal{"not-open", "open a session first"}
	}
	if asked.F == "acquire" {
		return c.acquire(open, asked)
	}
	if held == nil {
		return nil, &refusal{"not-held", "acquire a lock first"}
	}
	switch asked.F {
	case "check":
		return check(open, held)
	case "release":
		return c.release(open, held)
	default:
		return access(open, held, asked)
	}
}

func ended(session *concurrency.Session) bool {
	select {
	case <-session.Done():
		return true
	default:
		return false
	}
}

func (c *client) openSession(asked request) (object, *refusal) {
	before, _ := c.now()
	if before != nil && before.session != nil && !ended(before.session) {
		return nil, &refusal{"bad-request", "a session is open already"}
	}
	if before != nil {
		before.cancel()
		before.etcd.Close()
	}
	closing, cancel := context.WithCancel(context.Background())
	etcd, err := clientv3.New(clientv3.Config{
		Endpoints:   asked.Etcd,
		DialTimeout: asked.deadline(),
		Context:     closing,
		Logger:      zap.NewNop(), // stdout belongs to the protocol
	})
	if err != nil {
		cancel()
		return nil, fromEtcd(err)
	}
	mine := &connection{options: asked, etcd: etcd, closing: closing, cancel: cancel}
	c.mutex.Lock()
	c.open, c.held, c.acquired = mine, nil, 0
	c.mutex.Unlock()
	fail := func(no *refusal) (object, *refusal) {
		cancel()
		etcd.Close()
		c.mutex.Lock()
		if c.open == mine {
			c.open = nil
		}
		c.mutex.Unlock()
		return nil, no
	}
	// Granted here and not by NewSession, which knows no deadline and does not tell the TTL that etcd grants.
	within, stop := context.WithTimeout(closing, asked.deadline())
	defer stop()
	granted, err := etcd.Grant(within, int64(asked.TTL))
	if err != nil {
		return fail(fromEtcd(err))
	}
	session, err := concurrency.NewSession(etcd, concurrency.WithLease(granted.ID))
	if err != nil {
		return fail(fromEtcd(err))
	}
	c.mutex.Lock()
	mine.session, mine.ttlMs = session, granted.TTL*1000
	c.mutex.Unlock()
	go c.watchOver(mine)
	return object{"value": mine.lease(mine.ttlMs)}, nil
}

func (o *connection) lease(ttlMs int64) object {
	return object{"ttlMs": ttlMs, "lease": strconv.FormatInt(int64(o.session.Lease()), 16)}
}

// watchOver tells of the loss as soon as the session says that it is over.
func (c *client) watchOver(open *connection) {
	<-open.session.Done()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open == open {
		c.tell(open)
	}
}

// answered is called when the answer of a request is out: only now may a loss be told.
func (c *client) answered(id int64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.held == nil || c.held.id != id {
		return
	}
	c.acquired = id
	if ended(c.open.session) {
		c.tell(c.open)
	}
}

// tell says `lost`, once for a hold. The mutex is held.
func (c *client) tell(open *connection) {
	if c.acquired == 0 || open.closing.Err() != nil {
		return
	}
	// A Session only says that it is over, not why.
	emit(object{"event": "lost", "hold": c.acquired, "reason": "session-done"})
	c.acquired = 0
}

func (c *client) acquire(open *connection, asked request) (object, *refusal) {
	if _, held := c.now(); held != nil && !ended(open.session) {
		return nil, &refusal{"bad-request", "a lock is held already"}
	}
	mutex := concurrency.NewMutex(open.session, asked.Lock)
	// Ends with the session, or the wait in a queue that it is no longer part of would have no end.
	waiting, stop := context.WithCancel(open.closing)
	defer stop()
	go func() {
		select {
		case <-open.session.Done():
			stop()
		case <-waiting.Done():
		}
	}()
	if err := mutex.Lock(waiting); err != nil {
		if ended(open.session) || open.closing.Err() != nil || errors.Is(err, concurrency.ErrSessionExpired) {
			return nil, &refusal{"session-expired", err.Error()}
		}
		return nil, fromEtcd(err)
	}
	token, no := tokenOf(open, mutex)
	if no != nil {
		return nil, no
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open != open {
		return nil, &refusal{"session-expired", "closed meanwhile"}
	}
	c.held = &hold{*asked.ID, mutex, token}
	return object{"token": token}, nil
}

func tokenOf(open *connection, mutex *concurrency.Mutex) (string, *refusal) {
	switch open.options.Token {
	case "lease-id":
		return strconv.FormatInt(int64(open.session.Lease()), 10), nil
	case "header-revision":
		return strconv.FormatInt(mutex.Header().Revision, 10), nil
	}
	// A Mutex has the create revision of its key but does not show it.
	key, no := lockKey(open, mutex)
	if no != nil {
		return "", no
	}
	if key == 0 {
		return "", &refusal{"session-expired", "the lock's key is gone already"}
	}
	return strconv.FormatInt(key, 10), nil
}

// lockKey asks etcd for the create revision of the lock's key, 0 if there is none.
func lockKey(open *connection, mutex *concurrency.Mutex) (int64, *refusal) {
	within, stop := context.WithTimeout(open.closing, open.options.deadline())
	defer stop()
	found, err := open.etcd.Get(within, mutex.Key())
	if err != nil {
		return 0, fromEtcd(err)
	}
	if len(found.Kvs) == 0 {
		return 0, nil
	}
	return found.Kvs[0].CreateRevision, nil
}

func check(open *connection, held *hold) (object, *refusal) {
	revision, no := lockKey(open, held.mutex)
	if no == nil && revision == 0 {
		no = &refusal{"lock-lost", "the lock's key is gone"}
	}
	return nil, no
}

func (c *client) release(open *connection, held *hold) (object, *refusal) {
	c.mutex.Lock()
	c.acquired = 0
	c.mutex.Unlock()
	// Unlock deletes the key and does not say whether it was there.
	before, no := lockKey(open, held.mutex)
	if no != nil {
		return nil, no
	}
	within, stop := context.WithTimeout(open.closing, open.options.deadline())
	defer stop()
	if err := held.mutex.Unlock(within); err != nil {
		return nil, fromEtcd(err)
	}
	c.mutex.Lock()
	c.held = nil
	c.mutex.Unlock()
	return object{"value": object{"deleted": before != 0}}, nil
}

func access(open *connection, held *hold, asked request) (object, *refusal) {
	if open.options.OnLoss == "stop" && ended(open.session) {
		return nil, &refusal{"lock-lost", "the session is over"}
	}
	body := object{"op": asked.Op, "process": asked.Process, "key": asked.Key, "token": held.token}
	if asked.F == "write" {
		body["value"] = asked.Value
		if asked.Value == nil {
			body["value"] = json.RawMessage("null")
		}
	} else if asked.Register {
		body["register"] = true
	}
	value, no := post(open.options.Storage+"/"+asked.F, body, open.options.deadline())
	if no != nil {
		return nil, no
	}
	if asked.F == "read" {
		return object{"value": value, "token": held.token}, nil
	}
	return object{"token": held.token}, nil
}

func (c *client) keepAlive() (object, *refusal) {
	open, _ := c.now()
	if open == nil || open.session == nil {
		return nil, &refusal{"not-open", "there is no session"}
	}
	within, stop := context.WithTimeout(open.closing, open.options.deadline())
	defer stop()
	kept, err := open.etcd.KeepAliveOnce(within, open.session.Lease())
	if err != nil {
		return nil, fromEtcd(err)
	}
	return object{"value": open.lease(kept.TTL * 1000)}, nil
}

func (c *client) close() *refusal {
	c.mutex.Lock()
	open := c.open
	c.open, c.held, c.acquired = nil, nil, 0
	c.mutex.Unlock()
	if open == nil {
		return &refusal{"not-open", "there is no session to close"}
	}
	defer open.etcd.Close()
	open.cancel() // whatever waits, ends
	if open.session == nil {
		return nil
	}
	open.session.Orphan()
	// Not by Session.Close, which waits for a whole TTL, nor by the client, whose context has just been ended.
	within, stop := context.WithTimeout(context.Background(), open.options.deadline())
	defer stop()
	again, err := clientv3.New(clientv3.Config{Endpoints: open.options.Etcd, DialTimeout: open.options.deadline(), Logger: zap.NewNop()})
	if err != nil {
		return fromEtcd(err)
	}
	defer again.Close()
	if _, err := again.Revoke(within, open.session.Lease()); err != nil && !errors.Is(err, rpctypes.ErrLeaseNotFound) {
		return fromEtcd(err)
	}
	return nil
}

// fromEtcd finds the protocol's code for an error of etcd's client.
func fromEtcd(err error) *refusal {
	message := err.Error()
	switch {
	case errors.Is(err, rpctypes.ErrLeaseNotFound):
		return &refusal{"lease-not-found", message}
	case errors.Is(err, context.DeadlineExceeded), status.Code(err) == codes.DeadlineExceeded:
		return &refusal{"timeout", message}
	default:
		return &refusal{"unavailable", fmt.Sprintf("%T: %s", err, message)}
	}
}
