import { useEffect, useState } from "react";
import { ApiError, fileAddress, getFileJson } from "../protocol/api";
import type { InterviewInfo } from "../protocol/api";
import type { EndReason } from "../protocol/messages";
import { clock, readTranscript } from "../protocol/transcript";
import type { Turn } from "../protocol/transcript";
import { Heading } from "../ui/heading";

const FILES: { name: string; title: string; about: string; open?: boolean }[] = [
  { name: "report.html", title: "Report", about: "one page that opens in your browser", open: true },
  { name: "recording.wav", title: "Recording", about: "you on the left, the interviewer on the right" },
  { name: "transcript.vtt", title: "Transcript, WebVTT", about: "captions with speakers" },
  { name: "transcript.srt", title: "Transcript, SRT", about: "subtitles for a player" },
  { name: "transcript.json", title: "Transcript, JSON", about: "every word with its time" },
];

const RETRY_MS = 2_000;
const TRIES = 30;

export function End({ info, reason }: { info: InterviewInfo; reason: EndReason }) {
  if (reason === "declined") {
    return (
      <>
        <Heading focus>That is quite all right</Heading>
        <p className="lead">
          You declined the interview. Nothing was recorded and nothing was kept.
        </p>
        <p>
          If you would like to speak with a person instead, or if you changed your mind, please
          write to the people who invited you.
        </p>
      </>
    );
  }
  const left = reason === "left";
  return (
    <>
      <Heading focus>{left ? "You have left the interview" : "Thank you"}</Heading>
      <p className="lead">
        {left
          ? "The interview has ended, as you wished. What you said up to then is kept."
          : "That was all. Thank you for your time and for your answers."}
      </p>
      <section className="stack" aria-labelledby="next-heading">
        <h2 id="next-heading">What happens next</h2>
        <ul className="list">
          <li>People read the transcript, and they decide. Nothing is scored by the machine.</li>
          <li>Emotion, accent, tone and speed are not measured.</li>
          <li>
            Questions, corrections, or would you rather have it deleted? Write to the people who
            invited you.
          </li>
        </ul>
      </section>
      <Kept id={info.id} />
    </>
  );
}

function Files({ id }: { id: string }) {
  return (
    <section className="stack" aria-labelledby="files-heading">
      <h2 id="files-heading">Yours to keep</h2>
      <ul className="files">
        {FILES.map(({ name, title, about, open }) => (
          <li key={name}>
            <a
              className="file"
              href={fileAddress(id, name)}
              {...(open === true
                ? { target: "_blank", rel: "noopener" }
                : { download: `${id}-${name}` })}
            >
              <span className="file-title">{title}</span>
              <span className="quiet small">{about}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Loading = { kind: "loading" } | { kind: "failed"; message: string } | { kind: "turns"; turns: Turn[] };

/** The transcript and the files: the server makes them together, when the interview has ended. */
function Kept({ id }: { id: string }) {
  const [loading, setLoading] = useState<Loading>({ kind: "loading" });

  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (triesLeft: number) => {
      try {
        const turns = readTranscript(await getFileJson(id, "transcript.json"));
        if (!gone) setLoading({ kind: "turns", turns });
      } catch (error) {
        if (gone) return;
        if (triesLeft > 0) {
          timer = setTimeout(() => void load(triesLeft - 1), RETRY_MS);
          return;
        }
        const message = error instanceof ApiError ? error.message : "It could not be loaded.";
        setLoading({ kind: "failed", message });
      }
    };
    void load(TRIES);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id]);

  if (loading.kind === "loading") {
    return (
      <p className="card quiet" role="status">
        Your transcript and recording are being prepared…
      </p>
    );
  }
  if (loading.kind === "failed") {
    return (
      <div className="notice row" role="alert">
        <p>
          <strong>Your transcript could not be loaded.</strong> {loading.message}
        </p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <>
      <Transcript turns={loading.turns} />
      <Files id={id} />
    </>
  );
}

function Transcript({ turns }: { turns: Turn[] }) {
  return (
    <details className="card transcript">
      <summary>
        <h2>Read the transcript</h2>
      </summary>
      {turns.length === 0 && <p className="quiet">Nothing was said.</p>}
      {turns.map((turn, index) => (
        <p key={index} className={`caption ${turn.speaker}`} data-speaker={turn.speaker}>
          <span className="who">
            {turn.speaker === "candidate" ? "You" : "Interviewer"}
            {turn.startMs !== null && <span className="when"> {clock(turn.startMs)}</span>}
          </span>
          <span className="said">{turn.text}</span>
        </p>
      ))}
    </details>
  );
}
