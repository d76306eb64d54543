"""A Celery app beside ours: its own worker serves the queue `py`, ours serve `ours` and `one`."""

import os
import time

from celery import Celery

app = Celery("app", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    accept_content=["json", "msgpack"],
    broker_transport_options={"visibility_timeout": 3600},
    worker_prefetch_multiplier=1,
    task_send_sent_event=True,
)


@app.task(name="p.add", queue="py")
def add(*args, x=0, y=0):
    return sum(args) + x + y


@app.task(name="p.sum", queue="py")
def total(parts, more=0):
    return sum(parts) + more


@app.task(name="p.fail", queue="py")
def fail():
    raise ValueError("as it was told")


@app.task(name="p.flaky", queue="py", bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1, exc=RuntimeError("not yet"))
    return self.request.retries


@app.task(name="p.sleep", queue="py", acks_late=True)
def sleep(ms):
    time.sleep(ms / 1000)
    return "slept"


@app.task(name="p.note", queue="py")
def note(*args):
    """Leaves word of what it was called with."""
    app.backend.client.rpush("noted", repr(args))
    return list(args)
