"""A complete client for leasebreaker in Python, with the standard library alone.

Requests come in on stdin, answers and events go out on stdout, one JSON object a line (docs/client-protocol.md). This file speaks the
protocol; lock.py has the lock and gateway.py the way to etcd.
"""

import json
import os
import sys
import threading
import time

from gateway import Failure, post
from lock import Session

MAX_LINE = 1024 * 1024
# After these nothing has happened: they answer `fail`, all others `info`.
DEFINITE = {
    "fenced",
    "lock-lost",
    "not-held",
    "not-open",
    "bad-request",
    "connection-refused",
    "lease-not-found",
    "unsupported",
}
# Of these one is under way at a time.
EXCLUSIVE = {"open", "acquire", "read", "write", "check", "release"}

# stdout belongs to the protocol: what anything else prints goes to stderr.
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
sys.stdout = sys.stderr
writing = threading.Lock()


def emit(message):
    with writing:
        out.write(json.dumps(message) + "\n")
        out.flush()


class Client:
    def __init__(self):
        self.mutex = threading.RLock()
        self.options = None
        self.session = None
        self.hold = None
        self.token = None
        self.under_way = False
        # The acquire whose loss may be told: set once its answer is out.
        self.told_of = None

    def handle(self, request):
        """Carries one request out and answers it."""
        number = request["id"]
        try:
            fields = self.carry_out(request)
            answer = {"id": number, "type": "ok", **fields}
        except Failure as failure:
            kind = "fail" if failure.code in DEFINITE else "info"
            answer = {"id": number, "type": kind, "error": failure.code, "message": str(failure)}
        if request["f"] in EXCLUSIVE:
            self.under_way = False
        emit(answer)
        if request["f"] == "acquire" and answer["type"] == "ok":
            with self.mutex:
                self.told_of = number
                if self.session is not None and self.session.lost is not None:
                    self.tell(self.session.lost)

    def carry_out(self, request):
        f = request["f"]
        if f == "hello":
            if request.get("version") != 1:
                raise Failure("unsupported", "this client speaks version 1")
            return {"value": {"version": 1, "name": "python-client"}}
        if f == "clock":
            return {"value": {"wallMs": time.time() * 1000, "monotonicNs": str(time.monotonic_ns())}}
        if f == "stall":
            return {"value": stall(request)}
        if f == "open":
            return self.open(request)
        if self.session is None:
            raise Failure("not-open", "open a session first")
        if f == "close":
            return self.close()
        if f == "keep-alive":
            return {"value": {"ttlMs": self.session.renew() * 1000, "lease": self.session.lease_hex}}
        if f == "acquire":
            return self.acquire(request)
        if self.hold is None:
            raise Failure("not-held", "acquire a lock first")
        if f == "check":
            if not self.hold.still_there():
                raise Failure("lock-lost", "the lock's key is gone")
            return {}
        if f == "release":
            with self.mutex:
                self.told_of = None
            deleted = self.hold.release()
            self.hold = None
            return {"value": {"deleted": deleted}}
        return self.access(request)

    def open(self, request):
        if self.session is not None and not self.session.over:
            raise Failure("bad-request", "a session is open already")
        if not request["storage"].startswith("http://"):
            raise Failure("unsupported", "no storage but http")
        if request["token"] not in ("create-revision", "lease-id"):
            raise Failure("unsupported", f"no token source {request['token']}")
        session = Session(
            request["etcd"],
            request["ttl"],
            request["deadlineMs"] / 1000,
            request.get("keepAlive", "client") == "client",
            lambda reason: self.on_lost(session, reason),
        )
        with self.mutex:
            self.options, self.session, self.hold, self.told_of = request, session, None, None
        return {"value": {"ttlMs": session.ttl * 1000, "lease": session.lease_hex}}

    def acquire(self, request):
        session = self.session
        if self.hold is not None and not session.over:
            raise Failure("bad-request", "a lock is held already")
        hold = session.acquire(request["lock"])
        with self.mutex:
            if self.session is not session:
                raise Failure("session-expired", "closed meanwhile")
            self.hold = hold
            ids = {"create-revision": hold.create_revision, "lease-id": int(session.lease)}
            self.token = str(ids[self.options["token"]])
            return {"token": self.token}

    def access(self, request):
        if self.options["onLoss"] == "stop" and self.session.over:
            raise Failure("lock-lost", self.session.lost or "closed")
        body = {name: request[name] for name in ("op", "process", "key")} | {"token": self.token}
        if request["f"] == "write":
            body["value"] = request.get("value")
        elif request.get("register") is True:
            body["register"] = True
        # Once: a client that retries makes the record wrong.
        status, text = post(self.options["storage"] + "/" + request["f"], body, self.options["deadlineMs"] / 1000)
        if status == 409:
            raise Failure("fenced", text)
        if status in (400, 404, 405, 413, 415):
            raise Failure("bad-request", text)
        if status != 200:
            raise Failure("unavailable", f"status {status}")
        token = {"token": self.token}
        return {"value": json.loads(text)["value"], **token} if request["f"] == "read" else token

    def close(self, deadline_s=None):
        with self.mutex:
            session, self.session, self.hold, self.told_of = self.session, None, None, None
        session.close(deadline_s)
        return {}

    def on_lost(self, session, reason):
        with self.mutex:
            if self.session is session:
                self.tell(reason)

    def tell(self, reason):
        """Once for a hold, and never before the answer of its acquire."""
        if self.told_of is not None:
            emit({"event": "lost", "hold": self.told_of, "reason": reason})
            self.told_of = None


def stall(request):
    """All threads stand still: the loop keeps the interpreter's lock for as long as one of its switches may take."""
    if request.get("how") != "busy":
        raise Failure("unsupported", "Python has no garbage collection that takes so long")
    begun = time.monotonic()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(request["ms"] / 1000)
    while time.monotonic() - begun < request["ms"] / 1000:
        pass
    sys.setswitchinterval(usual)
    return {"delayMs": (time.monotonic() - begun) * 1000, "gcMs": 0}


def text(value):
    return isinstance(value, str) and value != ""


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def amount(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


ORIGIN = {"key": text, "op": whole, "process": whole}
FIELDS = {
    "hello": {"version": whole},
    "open": {
        "etcd": lambda urls: isinstance(urls, list) and urls != [] and all(text(url) for url in urls),
        "storage": text,
        "ttl": lambda ttl: whole(ttl) and ttl > 0,
        "onLoss": lambda word: word in ("ignore", "stop"),
        "token": text,
        "deadlineMs": amount,
    },
    "acquire": {"lock": text},
    "read": ORIGIN,
    "write": ORIGIN,
    "check": {},
    "release": {},
    "close": {},
    "keep-alive": {},
    "stall": {"how": text, "ms": amount},
    "clock": {},
}


def receive(client, line):
    """One line; what is wrong with it is said on stderr, and answered if it has an id."""
    number = None
    try:
        if len(line) > MAX_LINE:
            raise Failure("bad-request", f"a line of {len(line)} bytes")
        try:
            request = json.loads(line)
        except ValueError as error:
            raise Failure("bad-request", f"not JSON: {error}") from error
        if not isinstance(request, dict) or not whole(request.get("id")):
            raise Failure("bad-request", "a request is an object with an integer id")
        number = request["id"]
        f = request.get("f")
        if not isinstance(f, str):
            raise Failure("bad-request", "f is missing")
        if f not in FIELDS:
            raise Failure("unsupported", f"unknown operation {f}")
        for name, good in FIELDS[f].items():
            if not good(request.get(name)):
                raise Failure("bad-request", f"{f}: {name} is missing or wrong")
        if f in EXCLUSIVE:
            if client.under_way:
                raise Failure("bad-request", "another operation is under way")
            client.under_way = True
    except Failure as failure:
        print(f"python-client: {failure.code}: {failure}", file=sys.stderr)
        if number is not None:
            emit({"id": number, "type": "fail", "error": failure.code, "message": str(failure)})
        return
    # Beside the loop that reads: a close may come while an acquire waits.
    threading.Thread(target=client.handle, args=(request,), daemon=True).start()


def main():
    client = Client()
    for line in sys.stdin.buffer:
        receive(client, line.rstrip(b"\n"))
    # stdin has ended: the lease is given back if that is soon done. The threads end with the program.
    if client.session is not None:
        try:
            client.close(0.5)
        except Failure as failure:
            print(f"python-client: {failure}", file=sys.stderr)


main()
