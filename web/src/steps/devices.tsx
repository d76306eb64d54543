import { useEffect, useRef, useState } from "react";
import { listMicrophones } from "../audio/sound";
import type { MicrophoneProblem } from "../audio/sound";
import type { Way } from "../state/reducer";
import type { Session } from "../state/session";
import { Heading } from "../ui/heading";
import { Meter } from "../ui/meter";

const ADVICE: Record<MicrophoneProblem, { title: string; help: string }> = {
  denied: {
    title: "The browser does not let us use your microphone",
    help: "Click the microphone or lock sign beside the page's address, allow the microphone, and try again. If your system asks as well, allow it there too.",
  },
  none: {
    title: "No microphone was found",
    help: "Plug one in or connect your headset, then try again.",
  },
  busy: {
    title: "The microphone is in use",
    help: "Another program may be holding it. Close calls and recorders, then try again.",
  },
  insecure: {
    title: "This address cannot use a microphone",
    help: "Browsers allow it on https:// pages only. Please ask the people who invited you for an https:// link.",
  },
  failed: {
    title: "The microphone could not be started",
    help: "Please try again, try another browser, or type your answers.",
  },
};

const WAYS: Record<Way, string> = {
  webrtc: "Connected by WebRTC.",
  no_webrtc_here: "Your network lets no WebRTC through, so sound goes over a WebSocket. That works as well.",
  no_webrtc_offered: "Sound goes over a WebSocket, as this server offers no WebRTC.",
};

type Test = "idle" | "recording" | "playing" | "done";

export function Devices({ session, returning, way }: { session: Session; returning: boolean; way: Way | null }) {
  const [on, setOn] = useState(false);
  const [opening, setOpening] = useState(false);
  const [problem, setProblem] = useState<MicrophoneProblem | null>(null);
  const [microphones, setMicrophones] = useState<MediaDeviceInfo[]>([]);
  const [chosen, setChosen] = useState("");
  const [test, setTest] = useState<Test>("idle");
  const [chimed, setChimed] = useState(false);
  const sample = useRef<ArrayBuffer[]>([]);
  const gone = useRef(false);

  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);

  useEffect(() => {
    void session.tryWays();
  }, [session]);

  useEffect(() => {
    if (!on) return;
    const devices = navigator.mediaDevices;
    const refresh = () => {
      listMicrophones().then(setMicrophones, () => setMicrophones([]));
    };
    refresh();
    devices.addEventListener("devicechange", refresh);
    return () => devices.removeEventListener("devicechange", refresh);
  }, [on]);

  const open = async (deviceId: string) => {
    setOpening(true);
    const failed = await session.openMicrophone(deviceId);
    setOpening(false);
    setProblem(failed);
    setOn(failed === null);
    if (failed === null) setChosen(session.microphoneId);
  };

  const record = async () => {
    setTest("recording");
    sample.current = await session.record();
    await play();
  };

  const play = async () => {
    if (gone.current || sample.current.length === 0) {
      setTest("idle");
      return;
    }
    setTest("playing");
    await session.replay(sample.current);
    setTest("done");
  };

  const typeInstead = () => {
    session.closeMicrophone();
    session.start();
  };

  return (
    <>
      <Heading focus>Check your sound</Heading>
      <p className="lead">Two short checks, so that nothing gets in the way later.</p>

      <section className="card stack" aria-labelledby="hear-heading">
        <h2 id="hear-heading">1. Can you hear us?</h2>
        <div className="row">
          <button
            type="button"
            className="button"
            onClick={() => {
              setChimed(true);
              void session.chime();
            }}
          >
            Play a sound
          </button>
          <p className="quiet" role="status">
            {chimed ? "Three soft notes. Nothing? Check the volume and the output device." : ""}
          </p>
        </div>
      </section>

      <section className="card stack" aria-labelledby="speak-heading">
        <h2 id="speak-heading">2. Can we hear you?</h2>
        {!on && problem === null && (
          <>
            <p>Your browser will ask whether this page may use the microphone.</p>
            <div className="row">
              <button
                type="button"
                className="button primary"
                disabled={opening}
                onClick={() => void open("")}
              >
                {opening ? "Waiting for your browser…" : "Turn on the microphone"}
              </button>
            </div>
          </>
        )}
        {problem !== null && (
          <div className="notice" role="alert">
            <p>
              <strong>{ADVICE[problem].title}</strong>
            </p>
            <p>{ADVICE[problem].help}</p>
            <p>You can also go on without one: read the captions and type your answers.</p>
            <div className="row">
              <button
                type="button"
                className="button"
                disabled={opening}
                onClick={() => void open(chosen)}
              >
                Try again
              </button>
              <button type="button" className="button" onClick={typeInstead}>
                Type my answers
              </button>
            </div>
          </div>
        )}
        {on && (
          <>
            <div className="field">
              <label htmlFor="microphone">Microphone</label>
              <select
                id="microphone"
                value={chosen}
                disabled={opening || test === "recording" || test === "playing"}
                onChange={(event) => void open(event.target.value)}
              >
                {microphones.map((microphone, index) => (
                  <option key={microphone.deviceId} value={microphone.deviceId}>
                    {microphone.label === "" ? `Microphone ${index + 1}` : microphone.label}
                  </option>
                ))}
                {!microphones.some(({ deviceId }) => deviceId === chosen) && (
                  <option value={chosen}>Current microphone</option>
                )}
              </select>
            </div>
            <div className="field">
              <span aria-hidden="true">Level: speak, and the bar should move</span>
              <Meter level={session.inputLevel} label="Microphone level" />
            </div>
            <p>
              Read aloud: <q>I have found a quiet place and I am ready to begin.</q>
            </p>
            <div className="row">
              <button
                type="button"
                className="button"
                disabled={test === "recording" || test === "playing"}
                onClick={() => void record()}
              >
                {test === "recording"
                  ? "Recording…"
                  : test === "playing"
                    ? "Playing it back…"
                    : test === "done"
                      ? "Record again"
                      : "Record a test sentence"}
              </button>
              {test === "done" && (
                <button type="button" className="button plain" onClick={() => void play()}>
                  Play it again
                </button>
              )}
            </div>
            <p className="quiet small" role="status">
              {test === "recording"
                ? "Recording for four seconds: please speak."
                : test === "playing"
                  ? "This is how we hear you."
                  : test === "done"
                    ? "Was it clear? Then you are ready."
                    : "The test stays in your browser and is not sent."}
            </p>
          </>
        )}
      </section>

      <p className="quiet" role="status" data-way={way ?? ""}>
        {way === null ? "Finding out how your sound can reach us…" : WAYS[way]}
      </p>

      <div className="row">
        <button
          type="button"
          className="button primary large"
          disabled={!on}
          onClick={() => session.start()}
        >
          {returning ? "Go on with the interview" : "Start the interview"}
        </button>
        {problem === null && (
          <button type="button" className="button plain" onClick={typeInstead}>
            Type instead of speaking
          </button>
        )}
      </div>
    </>
  );
}
