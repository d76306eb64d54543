"""Uses our worker as any Python program uses Celery, and prints what it saw, one JSON object a line."""

import json
import sys
import threading
import time

from app import app
from celery import chain, chord, group
from celery.events.state import State
from celery.exceptions import ChordError, NotRegistered, TaskRevokedError, TimeLimitExceeded
from celery.result import allow_join_result

LONG = 20


def sig(name, *args, queue="ours", **kwargs):
    return app.signature(name, args=args, kwargs=kwargs, queue=queue)


def say(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


def raised(result):
    """The exception that a result raises, as Python sees it."""
    try:
        return ["returned", result.get(timeout=LONG)]
    except Exception as error:  # noqa: BLE001
        kind = type(error)
        return [f"{kind.__module__}.{kind.__qualname__}", [str(a) for a in error.args]]


def ours_only(answers):
    return {name: answer for name, answer in (answers or {}).items() if name.startswith("interviewer-")}


def until_active(result):
    """Waits until a worker of ours runs the task."""
    for _ in range(LONG):
        found = ours_only(app.control.inspect(timeout=0.5).query_task(result.id))
        if any(tasks.get(result.id, [""])[0] == "active" for tasks in found.values()):
            return


def results():
    say("add", app.send_task("t.add", kwargs={"x": 2, "y": 3}, queue="ours").get(timeout=LONG))
    packed = app.send_task("t.echo", args=[1, "é", b"\xff\x00"], kwargs={"n": None}, queue="ours",
                           serializer="msgpack", compression="zlib")
    args, kwargs = packed.get(timeout=LONG)
    say("packed", [args[0], args[1], list(args[2]), kwargs])
    say("big", len(app.send_task("t.echo", args=["x" * 200_000], queue="ours", compression="zlib").get(timeout=LONG)[0][0]))
    ignored = app.send_task("t.add", queue="ours", ignore_result=True)
    time.sleep(0.3)
    say("ignored", app.backend.client.exists(f"celery-task-meta-{ignored.id}"))


def errors():
    say("fail", raised(app.send_task("t.fail", queue="ours")))
    say("unknown", raised(app.send_task("t.what", queue="ours")))
    say("unknown is NotRegistered", isinstance(app.send_task("t.what", queue="ours").get(propagate=False, timeout=LONG), NotRegistered))
    say("hard", isinstance(app.send_task("t.sleep", kwargs={"ms": 9000}, time_limit=0.2, queue="ours").get(propagate=False, timeout=LONG), TimeLimitExceeded))
    flaky = app.send_task("t.flaky", queue="ours")
    say("flaky", flaky.get(timeout=LONG))
    say("hopeless", raised(app.send_task("t.hopeless", queue="ours"))[0])


def times():
    began = time.time()
    app.send_task("t.add", countdown=1, queue="ours").get(timeout=LONG)
    say("eta_s", time.time() - began)
    blocked = app.send_task("t.sleep", kwargs={"ms": 800}, queue="one")
    late = app.send_task("t.add", expires=0.3, queue="one")
    off = app.send_task("t.add", queue="one")
    time.sleep(0.2)
    off.revoke()
    say("expires", raised(late))
    say("revoked", raised(off))
    blocked.get(timeout=LONG)
    running = app.send_task("t.sleep", kwargs={"ms": 15000}, queue="ours")
    until_active(running)
    running.revoke(terminate=True)
    say("terminated", raised(running))


def priorities():
    blocked = app.send_task("t.sleep", kwargs={"ms": 500}, queue="one")
    time.sleep(0.2)
    sent = {p: app.send_task("t.order", queue="one", priority=p) for p in (9, 0, 6, 3)}
    say("backlog", app.backend.client.llen("one") + sum(app.backend.client.llen(f"one\x06\x16{s}") for s in (3, 6, 9)))
    say("backlog of priority 0", app.backend.client.llen("one"))
    blocked.get(timeout=LONG)
    order = {p: r.get(timeout=LONG) for p, r in sent.items()}
    say("priorities", sorted(order, key=order.get))


def canvas():
    say("group", group(sig("t.add", x=i) for i in range(5))().get(timeout=LONG))
    say("chord", chord([sig("t.add", x=1), sig("t.add", x=2)])(sig("p.sum", queue="py")).get(timeout=LONG))
    mixed = [sig("t.add", x=1), sig("p.add", 5, queue="py"), sig("t.add", x=7)]
    say("chord, mixed", chord(mixed)(sig("t.echo")).get(timeout=LONG)[0])
    nested = chord([group(sig("t.add", x=1), sig("t.add", x=2)), sig("t.add", x=3)])(sig("t.echo"))
    say("chord of groups", nested.get(timeout=LONG)[0])
    failed = chord([sig("t.add"), sig("t.fail")])(sig("p.sum", queue="py"))
    say("chord, failing", isinstance(failed.get(timeout=LONG, propagate=False), ChordError))
    say("chain", chain(sig("t.add", 1), sig("p.add", 10, queue="py"), sig("t.add", 100)).apply_async().get(timeout=LONG))
    broken = chain(sig("t.fail"), sig("p.add", 10, queue="py"), sig("t.add", 100)).apply_async()
    say("chain, failing", raised(broken))
    step = chain(sig("t.add", 1), group(sig("t.add", 10), sig("p.add", 20, queue="py")))
    say("chain into group", step.apply_async().get(timeout=LONG))
    sig("t.add", 4).apply_async(link=[sig("p.note", "linked", queue="py")]).get(timeout=LONG)
    failing = sig("t.fail").apply_async(link_error=sig("p.note", "err", queue="py"))
    raised(failing)
    noted = set()
    for _ in range(100):
        noted = {n.decode() for n in app.backend.client.lrange("noted", 0, -1)}
        if len(noted) >= 2:
            break
        time.sleep(0.05)
    say("linked", "(4, 'linked')" in noted)
    say("link_error", f"('{failing.id}', 'err')" in noted)


def inspection():
    sleeping = app.send_task("t.sleep", kwargs={"ms": 15000}, queue="ours")
    later = app.send_task("t.add", countdown=30, queue="ours")
    until_active(sleeping)
    inspect = app.control.inspect(timeout=0.6)
    say("ping", list(ours_only(inspect.ping()).values()))
    say("active", [t["name"] for tasks in ours_only(inspect.active()).values() for t in tasks])
    say("scheduled", [t["request"]["id"] == later.id for tasks in ours_only(inspect.scheduled()).values() for t in tasks])
    say("registered", sorted({t for tasks in ours_only(inspect.registered()).values() for t in tasks}))
    say("active_queues", sorted(q["name"] for queues in ours_only(inspect.active_queues()).values() for q in queues))
    say("stats", all(s["pid"] > 0 and s["pool"] for s in ours_only(inspect.stats()).values()))
    found = ours_only(inspect.query_task(sleeping.id))
    say("query_task", [places[sleeping.id][0] for places in found.values() if places])
    later.revoke()
    say("later", raised(later))
    sleeping.revoke(terminate=True)
    raised(sleeping)


def events(seen, ready, stop):
    def keep(event):
        if str(event.get("hostname", "")).startswith("interviewer-"):
            seen.append(event)

    with app.connection() as connection:
        receiver = app.events.Receiver(connection, handlers={"*": keep})
        ready.set()
        while not stop.is_set():
            try:
                receiver.capture(limit=None, timeout=0.5, wakeup=False)
            except TimeoutError:
                pass
            except OSError:
                pass


def main():
    seen, ready, stop = [], threading.Event(), threading.Event()
    watching = threading.Thread(target=events, args=(seen, ready, stop), daemon=True)
    watching.start()
    ready.wait()
    time.sleep(0.3)
    for part in sys.argv[1:] or ["results", "errors", "times", "priorities", "canvas", "inspection"]:
        globals()[part]()
    # On a machine that is busy a heartbeat may be late; another one makes the worker alive again.
    for _ in range(100):
        state = state_of(seen)
        heartbeats = any(event["type"] == "worker-heartbeat" for event in seen)
        if heartbeats and any(worker.alive for worker in state.workers.values()):
            break
        time.sleep(0.1)
    stop.set()
    say("events", sorted({e["type"] for e in seen}))
    say("events: workers alive", sum(w.alive for w in state.workers.values()) > 0)
    say("events: tasks by state", sorted({t.state for t in state.tasks.values()}))


def state_of(seen):
    """What Celery's tools make of the events."""
    state = State()
    for event in sorted(seen, key=lambda e: e["clock"]):
        state.event(dict(event))
    return state


main()
