#!/usr/bin/env python3
"""A scheduler in Python: a batch leaves with max_batch_size rows, or after a time-out.

lockstep replay traffic.csv --exec 'python3 exec_scheduler.py' (docs/plugins.md: the protocol).
"""
import json
import sys
from collections import defaultdict

DESCRIPTION = {
    "protocol": 1,
    "name": "python-size-or-timeout",
    "goal": "full batches, or what is there after a time-out; in Python",
    "options": [
        {"name": "max_batch_size", "default": 32, "unit": "rows"},
        {"name": "batch_timeout_micros", "default": 2000, "unit": "us"},
        {"name": "num_batch_threads", "default": 1, "unit": "threads"},
    ],
    "lane_option": "num_batch_threads",
    "batch_option": "max_batch_size",
    "promises": ["fifo-per-queue", "work-conserving", "timeout-bound", "starvation-free"],
}


class SizeOrTimeout:
    def __init__(self, options, lane_count):
        self.rows_max = options["max_batch_size"]
        self.timeout_ns = options["batch_timeout_micros"] * 1000
        if not 0 <= self.timeout_ns <= 3_600_000_000_000:
            raise ValueError("batch_timeout_micros must be 0 to 1 h")
        self.idle = set(range(lane_count))
        self.down = set()
        self.waiting = defaultdict(list)  # by queue, in the order of the first requests
        self.next_batch = 0

    def step(self, event):
        decisions = []
        kind = event["type"]
        if kind == "arrive" and event["rows"] > self.rows_max:
            decisions.append({"type": "finish", "request": event["request"],
                              "status": "INVALID_ARGUMENT", "reason": "too-large"})
        elif kind == "arrive":
            self.waiting[event["queue"]].append(event)
        elif kind == "batch-done":
            decisions.append({"type": "finish-batch", "batch": event["batch"],
                              "status": event["status"]})
            if event["lane"] not in self.down:
                self.idle.add(event["lane"])
        elif kind == "lane-down":
            self.down.add(event["lane"])
            self.idle.discard(event["lane"])
        elif kind == "lane-up":
            self.down.discard(event["lane"])
            self.idle.add(event["lane"])
        wake_ns = None
        for queue, requests in self.waiting.items():
            while self.idle and requests:
                batch, full = self.next_of(requests)
                deadline_ns = requests[0]["now_ns"] + self.timeout_ns
                if not full and deadline_ns > event["now_ns"]:
                    wake_ns = deadline_ns if wake_ns is None else min(wake_ns, deadline_ns)
                    break
                decisions.append(self.start(queue, batch, "full" if full else "timeout"))
                del requests[:len(batch)]
        decisions.append({"type": "wake", "at_ns": wake_ns})
        return decisions

    def next_of(self, requests):
        """The requests at the front that fit one batch, and whether that is full."""
        rows = 0
        for count, request in enumerate(requests):
            if rows + request["rows"] > self.rows_max:
                return requests[:count], True
            rows += request["rows"]
        return list(requests), rows == self.rows_max

    def start(self, queue, batch, reason):
        lane = min(self.idle)
        self.idle.remove(lane)
        self.next_batch += 1
        return {"type": "start", "batch": self.next_batch - 1, "lane": lane, "queue": queue,
                "reason": reason,
                "pieces": [{"request": r["request"], "rows": r["rows"]} for r in batch]}


def main():
    scheduler = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "describe":
            answer = DESCRIPTION
        elif message["type"] == "reset":
            try:
                scheduler = SizeOrTimeout(message["options"], message["lane_count"])
                answer = {"ready": True}
            except ValueError as refusal:
                answer = {"error": str(refusal)}
        else:
            answer = {"decisions": scheduler.step(message)}
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
