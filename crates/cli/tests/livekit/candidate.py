"""A candidate with LiveKit's Python SDK, unchanged.

    candidate.py SERVER_URL TOKEN FOLDER single|dual

Speaks FOLDER/consent.wav, FOLDER/1.wav, FOLDER/2.wav ... and FOLDER/questions.wav (16 kHz mono, 16 bit) when it is the
candidate's turn, writes what it hears to FOLDER/heard.wav, and prints what happened as one JSON object a line, the last of
them the reason of the end. FOLDER/script.json may hold [{"at": question, "do": what}] to be done instead of speaking:
"type" (with "text"), "rpc" (with "method" and "payload"), "resume", "rejoin"; and "then" what is done next.
"""

import asyncio
import json
import os
import sys
import time
import wave
from pathlib import Path

from livekit import rtc

RATE = 48_000
FRAME = RATE // 50
BEGAN = time.monotonic()


def tell(**what):
    print(json.dumps({"t": round(time.monotonic() - BEGAN, 3), **what}), flush=True)


def sound(path):
    """A file's samples at 48 kHz."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2), path
        data = file.readframes(file.getnframes())
    resampler = rtc.AudioResampler(16_000, RATE, num_channels=1, quality=rtc.AudioResamplerQuality.HIGH)
    frames = resampler.push(bytearray(data)) + resampler.flush()
    return b"".join(bytes(frame.data) for frame in frames)


class Candidate:
    def __init__(self, folder):
        self.folder = folder
        self.sounds = {path.stem: sound(path) for path in folder.glob("*.wav") if path.stem != "heard"}
        script = folder / "script.json"
        self.script = {str(step["at"]): step for step in json.loads(script.read_text())} if script.exists() else {}
        self.waiting = bytearray()
        self.said = {}
        self.room = rtc.Room()
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        self.over = asyncio.Event()
        self.tasks = set()

    def begin(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def hold(self, url, token, single):
        room = self.room
        room.on("track_subscribed", self.on_track)
        room.on("participant_attributes_changed", lambda changed, who: self.on_attributes(changed, who))
        room.on("transcription_received", self.on_older)
        room.on("active_speakers_changed", lambda who: tell(speakers=[p.identity for p in who]))
        room.on("reconnecting", lambda: tell(reconnecting=True))
        room.on("reconnected", lambda: tell(reconnected=True))
        room.on("data_received", lambda packet: tell(data=packet.data.decode(), topic=packet.topic))
        room.on("disconnected", self.on_end)
        room.register_text_stream_handler("lk.transcription", lambda reader, who: self.begin(self.read(reader, who)))
        await room.connect(url, token, rtc.RoomOptions(auto_subscribe=True, single_peer_connection=single))
        for who in room.remote_participants.values():
            tell(participant=who.identity, kind=who.kind, state=who.attributes.get("lk.agent.state"))
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        publication = await room.local_participant.publish_track(track, options)
        tell(published=publication.sid)
        self.begin(self.speak())
        await asyncio.wait_for(self.over.wait(), 300)

    async def leave(self):
        await self.room.disconnect()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def on_track(self, track, publication, who):
        tell(track=publication.sid, source=publication.source, of=who.identity)
        self.begin(self.listen(track))

    async def listen(self, track):
        with wave.open(str(self.folder / "heard.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            async for event in rtc.AudioStream(track, sample_rate=16_000, num_channels=1):
                file.writeframes(bytes(event.frame.data))

    async def read(self, reader, who):
        about = reader.info.attributes
        text = await reader.read_all()
        tell(
            transcript=text,
            of=who,
            segment=about.get("lk.segment_id"),
            track=about.get("lk.transcribed_track_id"),
            final=reader.info.attributes.get("lk.transcription_final"),
        )

    def on_older(self, segments, who, publication):
        for segment in segments:
            if segment.final:
                tell(older=segment.text, of=who.identity if who else None, segment=segment.id)

    def on_attributes(self, changed, who):
        state = who.attributes.get("lk.agent.state")
        if "lk.agent.state" in changed:
            tell(state=state)
        if "interviewer.waiting" in changed:
            tell(waiting=who.attributes.get("interviewer.waiting", ""))
        phase = who.attributes.get("interviewer.phase")
        if state == "listening" and "lk.agent.state" in changed:
            self.answer({"consent": "consent", "candidate_questions": "questions"}.get(phase) or who.attributes.get("interviewer.question"))

    def answer(self, key):
        """Says what is to be said now; when asked again, again, but not for ever."""
        self.said[key] = self.said.get(key, 0) + 1
        step = self.script.pop(str(key), None)
        if step is not None:
            if "then" in step:
                self.script[str(key)] = step["then"]
            tell(does=step)
            self.begin(self.do(step))
        elif key in self.sounds and self.said[key] <= 2:
            tell(says=key)
            self.waiting += bytes(FRAME * 2 * 20) + self.sounds[key]

    async def do(self, step):
        me = self.room.local_participant
        match step["do"]:
            case "type":
                await me.send_text(step["text"], topic="lk.chat")
            case "rpc":
                answer = await me.perform_rpc(
                    destination_identity="interviewer", method=step["method"], payload=step.get("payload", "")
                )
                tell(rpc=answer)
            case "resume":
                await self.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT)
                self.answer(str(self.room.remote_participants["interviewer"].attributes["interviewer.question"]))
            case "rejoin":
                await self.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)

    async def speak(self):
        while not self.over.is_set():
            data = bytes(self.waiting[: FRAME * 2]).ljust(FRAME * 2, b"\0")
            del self.waiting[: FRAME * 2]
            await self.source.capture_frame(rtc.AudioFrame(data, RATE, 1, FRAME))

    def on_end(self, reason):
        tell(disconnected=rtc.DisconnectReason.Name(reason))
        self.over.set()


async def main():
    url, token, folder, style = sys.argv[1:]
    candidate = Candidate(Path(folder))
    await candidate.hold(url, token, style == "single")
    await candidate.leave()
    os._exit(0)  # the SDK's sound thread aborts the process where it still has something to tell a loop that is closed


asyncio.run(main())
