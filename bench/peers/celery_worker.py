"""Celery's own worker beside ours, for `interviewer bench queue`: it fetches the sound and does nothing with it.

    REDIS_URL=… python -m celery -A celery_worker worker -Q QUEUES --pool threads -c N
"""

import array
import os

from celery import Celery

URL = os.environ["REDIS_URL"]
app = Celery("bench", broker=URL, backend=URL)
app.conf.update(broker_connection_retry_on_startup=True)


@app.task(name="interviewer.transcribe")
def transcribe(*, audio, **_):
    samples = array.array("h", app.backend.client.get(audio["key"]))
    return {"text": f"{len(samples)} samples"}


@app.task(name="bench.nothing")
def nothing():
    return None
