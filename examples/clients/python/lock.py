"""The lock under test: the official queue (etcd's client/v3/concurrency/mutex.go) over the JSON gateway.

To bring a lock class of your own, replace Session and Hold; client.py needs nothing of them but what is public here.
"""

import threading
import time

from gateway import Etcd, Failure

# How often a waiter looks whether those before it are gone, in s. A watch would be faster; the gateway has one, too.
LOOK_EVERY_S = 0.05


class Session:
    """A lease that a thread keeps alive, until it is closed or lost."""

    def __init__(self, members, ttl, deadline_s, keep_alive, on_lost):
        self.etcd = Etcd(members, deadline_s)
        sent = time.monotonic()
        self.lease, self.ttl = self.etcd.grant(ttl)
        self.lease_hex = f"{int(self.lease):x}"
        self.lost = None  # the reason, once it is lost
        self.closed = threading.Event()
        self._on_lost = on_lost
        self._mutex = threading.Lock()
        self._good_until = sent + self.ttl
        threading.Thread(target=self._watch_deadline, daemon=True).start()
        if keep_alive:
            threading.Thread(target=self._keep_alive, daemon=True).start()

    def renew(self):
        """Asks etcd for one more TTL; the TTL in s."""
        sent = time.monotonic()
        try:
            ttl = self.etcd.keep_alive(self.lease)
        except Failure as failure:
            if failure.code == "lease-not-found":
                self._lose("lease-not-found")
            raise
        with self._mutex:
            # From when it was sent: etcd may have renewed it any time after that.
            self._good_until = max(self._good_until, sent + ttl)
        return ttl

    @property
    def over(self):
        """Looked up and not only told: after a pause of the program this is asked before any thread has run."""
        with self._mutex:
            late = time.monotonic() >= self._good_until
        if late and not self.closed.is_set():
            self._lose("local-deadline")
        return self.lost is not None or self.closed.is_set()

    def close(self, deadline_s=None):
        self.closed.set()
        try:
            self.etcd.revoke(self.lease, deadline_s)
        except Failure as failure:
            if failure.code != "lease-not-found":
                raise

    def _keep_alive(self):
        while not self.closed.wait(self.ttl / 3) and not self.over:
            try:
                self.renew()
            except Failure:
                pass  # the next one may go through; if none does, the deadline passes

    def _watch_deadline(self):
        while not self.over:
            with self._mutex:
                left = self._good_until - time.monotonic()
            self.closed.wait(max(0.01, left))

    def _lose(self, reason):
        with self._mutex:
            if self.lost is not None or self.closed.is_set():
                return
            self.lost = reason
        self._on_lost(reason)

    def acquire(self, lock):
        """Waits for the lock as long as it takes. Raises `session-expired` if the session ends before it is there."""
        prefix = f"{lock}/"
        key = prefix + self.lease_hex
        try:
            own = self.etcd.create(key, "", self.lease)
            while True:
                if self.over:
                    raise Failure("session-expired", self.lost or "closed")
                if self.etcd.last_before(prefix, own) is None:
                    break
                self.closed.wait(LOOK_EVERY_S)
            # Whoever's lease expired in the queue has no key there any more, and nobody before it either.
            if self.etcd.create_revision(key) != own or self.over:
                raise Failure("session-expired", "the lease expired while it waited")
            return Hold(self, key, own)
        except Failure as failure:
            if self.over or failure.code == "lease-not-found":
                raise Failure("session-expired", str(failure)) from failure
            raise


class Hold:
    def __init__(self, session, key, create_revision):
        self.session = session
        self.key = key
        self.create_revision = create_revision

    def still_there(self):
        """Asks etcd."""
        return self.session.etcd.create_revision(self.key) == self.create_revision

    def release(self):
        """Whether the lock's key was still there."""
        return self.session.etcd.delete(self.key)
