"""etcd's JSON gateway (/v3/...), which every member serves beside gRPC, with Python's standard library alone.

Keys and values travel in base64, 64-bit numbers as decimal strings. No call is sent twice unless no connection could be made.
"""

import base64
import http.client
import json
import socket
from urllib.parse import urlsplit


class Failure(Exception):
    """Why a request was not carried out, with a code of the protocol's error table."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def post(url, body, deadline_s):
    """One POST on a connection of its own; (status, text). Raises Failure, `connection-refused` only where nothing was sent."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=deadline_s)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Failure("connection-refused", f"{url}: {error}") from error
        try:
            connection.request("POST", parts.path, json.dumps(body), {"content-type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except socket.timeout as error:
            raise Failure("timeout", f"{url}: no answer in {deadline_s} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise Failure("unavailable", f"{url}: {error}") from error
    finally:
        connection.close()


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Etcd:
    """The members, the preferred one first; the others are asked when no connection to it can be made."""

    def __init__(self, members, deadline_s):
        self.members = members
        self.deadline_s = deadline_s

    def call(self, path, body, deadline_s=None):
        for member in self.members:
            try:
                status, text = post(member + path, body, deadline_s or self.deadline_s)
            except Failure as failure:
                if failure.code == "connection-refused":
                    refused = failure
                    continue
                raise
            answer = json.loads(text)
            if status == 200:
                return answer
            # grpc's code 5 is NOT_FOUND, which etcd says of a lease.
            code = "lease-not-found" if answer.get("code") == 5 else "unavailable"
            raise Failure(code, answer.get("message", text))
        raise refused

    def grant(self, ttl):
        """(id as a decimal string, granted TTL in s)"""
        answer = self.call("/v3/lease/grant", {"TTL": str(ttl)})
        return answer["ID"], int(answer["TTL"])

    def keep_alive(self, lease):
        """The TTL in s; raises `lease-not-found` if there is no such lease (etcd answers 0, not an error)."""
        answer = self.call("/v3/lease/keepalive", {"ID": lease})
        ttl = int(answer["result"].get("TTL", 0))
        if ttl <= 0:
            raise Failure("lease-not-found", "etcd does not know the lease")
        return ttl

    def revoke(self, lease, deadline_s=None):
        self.call("/v3/lease/revoke", {"ID": lease}, deadline_s)

    def create(self, key, value, lease):
        """Puts a key that is not there yet; its create revision as an int, also if it was there."""
        name = b64(key)
        answer = self.call(
            "/v3/kv/txn",
            {
                "compare": [{"key": name, "target": "CREATE", "result": "EQUAL", "create_revision": "0"}],
                "success": [{"request_put": {"key": name, "value": b64(value), "lease": lease}}],
                "failure": [{"request_range": {"key": name}}],
            },
        )
        if answer.get("succeeded"):
            return int(answer["header"]["revision"])
        return int(answer["responses"][0]["response_range"]["kvs"][0]["create_revision"])

    def create_revision(self, key):
        """0 if there is no such key."""
        answer = self.call("/v3/kv/range", {"key": b64(key)})
        return int(answer["kvs"][0]["create_revision"]) if answer.get("kvs") else 0

    def last_before(self, prefix, revision):
        """The youngest key below the prefix that is older than the revision, and the revision of the answer; or None."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self.call(
            "/v3/kv/range",
            {
                "key": b64(prefix),
                "range_end": b64(end),
                "max_create_revision": str(revision - 1),
                "sort_order": "DESCEND",
                "sort_target": "CREATE",
                "limit": "1",
            },
        )
        if not answer.get("kvs"):
            return None
        return base64.b64decode(answer["kvs"][0]["key"]).decode(), int(answer["header"]["revision"])

    def delete(self, key):
        """Whether it was there."""
        return int(self.call("/v3/kv/deleterange", {"key": b64(key)}).get("deleted", 0)) > 0
