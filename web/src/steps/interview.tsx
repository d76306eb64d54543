import { useState } from "react";
import type { FormEvent } from "react";
import { MAX_TEXT_CHARS } from "../protocol/messages";
import type { Action } from "../protocol/messages";
import type { State } from "../state/reducer";
import type { Session } from "../state/session";
import { plainWords } from "../state/words";
import { Announcer, Captions } from "../ui/captions";
import { Confirm } from "../ui/dialog";
import { Heading } from "../ui/heading";
import { Meter } from "../ui/meter";
import { Presence } from "../ui/presence";
import type { Mood } from "../ui/presence";

const ACTIONS: { action: Action; name: string; hint: string }[] = [
  { action: "repeat", name: "Repeat", hint: "Hear the question again" },
  { action: "rephrase", name: "Say it differently", hint: "Hear the question in other words" },
  { action: "moment", name: "A moment", hint: "Take time to think" },
  { action: "skip", name: "Skip", hint: "Go on to the next question" },
];

function moodOf(state: State): Mood {
  if (state.line.kind !== "open") return "idle";
  return state.activity ?? "idle";
}

function statusOf(state: State): { title: string; detail: string } {
  switch (moodOf(state)) {
    case "speaking":
      return {
        title: "The interviewer is speaking",
        detail: state.phase === "closing" ? "The interview is ending." : "You may interrupt at any time.",
      };
    case "thinking":
      return { title: "One moment", detail: "The interviewer has heard you." };
    case "listening":
      if (state.inputMode === "text") {
        return { title: "Your turn", detail: "Type your answer and send it. Take your time." };
      }
      if (state.muted) {
        return { title: "You are muted", detail: "Unmute to answer, or type." };
      }
      return state.hearing
        ? { title: "Listening to you", detail: "Pauses are fine." }
        : { title: "Your turn", detail: "Take your time. Pauses are fine." };
    case "idle":
      if (state.line.kind === "lost" || state.line.kind === "closed") {
        return { title: "Just a moment", detail: "What you have said is safe." };
      }
      if (state.line.kind === "paused") {
        return { title: "Paused", detail: "What you have said is safe." };
      }
      return { title: "Getting ready", detail: "The interview is about to begin." };
  }
}

export function Interview({ state, session }: { state: State; session: Session }) {
  const [leaving, setLeaving] = useState(false);

  if (state.takenOver) {
    return (
      <>
        <Heading focus>The interview goes on in another window</Heading>
        <p className="lead">
          This link was opened somewhere else, and the interview has moved there. You can close this
          page.
        </p>
        <div className="row">
          <button type="button" className="button primary" onClick={() => window.location.reload()}>
            Bring it back here
          </button>
        </div>
      </>
    );
  }

  return (
    <div
      className={state.inputMode === "text" ? "interview typed" : "interview"}
      data-phase={state.phase ?? ""}
      data-activity={state.activity ?? ""}
      data-line={state.line.kind}
      data-question={state.progress?.question ?? 0}
    >
      <div className="interview-top">
        <div className="interview-title">
          <Heading focus>{state.info?.title ?? "Interview"}</Heading>
          <LineState state={state} />
        </div>
        <Banners state={state} session={session} />
      </div>

      {state.line.kind === "waiting" ? (
        <Waiting position={state.line.position} />
      ) : (
        <>
          <div className="stage">
            <Floor state={state} session={session} />
            <Question state={state} />
          </div>
          <Captions captions={state.captions} />
          <Announcer text={state.announcement} />
          <Actions state={state} session={session} />
          <TextBox state={state} session={session} />
        </>
      )}

      <Controls state={state} session={session} onLeave={() => setLeaving(true)} />

      {leaving && (
        <Confirm
          title="Leave the interview?"
          yes="Leave for good"
          no="Stay"
          onNo={() => setLeaving(false)}
          onYes={() => {
            setLeaving(false);
            session.leave();
          }}
        >
          <p>
            This ends the interview. What you have said so far is kept, and you cannot come back to
            it.
          </p>
          <p>To pause instead, close this page and open your link again later.</p>
        </Confirm>
      )}
    </div>
  );
}

function LineState({ state }: { state: State }) {
  const words = {
    idle: "Not connected",
    connecting: "Connecting…",
    open: "Connected",
    waiting: "Waiting",
    lost: "Reconnecting…",
    paused: "Paused",
    closed: "Not connected",
  }[state.line.kind];
  return (
    <p className={`line ${state.line.kind}`} role="status">
      <span className="dot" aria-hidden="true" />
      {words}
    </p>
  );
}

function Banners({ state, session }: { state: State; session: Session }) {
  return (
    <div className="banners">
      {state.line.kind === "lost" && (
        <div className="notice row" role="alert">
          <p>
            <strong>Connection lost; reconnecting…</strong> You will go on where you were.
          </p>
          <button type="button" className="button" onClick={() => session.retryNow()}>
            Try now
          </button>
        </div>
      )}
      {state.line.kind === "paused" && (
        <div className="notice row" role="alert">
          <p>
            <strong>The interview is paused.</strong> Go on where you were whenever you are ready, now
            or later with the same link.
          </p>
          <button type="button" className="button primary" onClick={() => session.retryNow()}>
            Go on
          </button>
        </div>
      )}
      {state.line.kind === "closed" && (
        <div className="notice row" role="alert">
          <p>
            <strong>The connection was closed.</strong> Reload the page to go on where you were.
          </p>
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Reload
          </button>
        </div>
      )}
      {state.soundSuspended && (
        <div className="notice row" role="alert">
          <p>Your browser has paused the sound.</p>
          <button type="button" className="button" onClick={() => session.resumeSound()}>
            Turn on the sound
          </button>
        </div>
      )}
      {state.notice !== null && (
        <div className="notice row" role="alert">
          <p>{plainWords(state.notice)}</p>
          <button type="button" className="button" onClick={() => session.dismissNotice()}>
            Close<span className="hidden"> this message</span>
          </button>
        </div>
      )}
    </div>
  );
}

function Waiting({ position }: { position: number }) {
  return (
    <section className="card waiting-line" role="status">
      <h2>You are in the waiting line</h2>
      <p className="place">{position > 0 ? position : "…"}</p>
      <p>{position > 1 ? `${position - 1} before you.` : "You are next."}</p>
      <p className="quiet">
        All interviewers are busy. Keep this page open: the interview starts by itself. You can also
        close it and come back to your link later.
      </p>
    </section>
  );
}

function Floor({ state, session }: { state: State; session: Session }) {
  const mood = moodOf(state);
  const status = statusOf(state);
  return (
    <div className="floor">
      <Presence
        mood={mood}
        level={mood === "listening" ? session.inputLevel : session.outputLevel}
      />
      <div>
        <p className="floor-title">{status.title}</p>
        <p className="quiet">{status.detail}</p>
      </div>
    </div>
  );
}

function Question({ state }: { state: State }) {
  const { progress, phase } = state;
  if (phase === "candidate_questions" || phase === "closing") {
    return (
      <section className="question">
        <h2>{phase === "closing" ? "Closing" : "Your questions"}</h2>
        <p className="question-text">
          {phase === "closing"
            ? "The interviewer says goodbye."
            : "Is there anything you would like to ask or add?"}
        </p>
      </section>
    );
  }
  if (progress === null && (phase === "questions" || (phase === null && state.returning))) {
    const begins = phase === "questions" && !state.returning;
    return (
      <section className="question">
        <h2>{begins ? "Greeting" : "Going on"}</h2>
        <p className="question-text">
          {begins
            ? "The interviewer introduces itself; then the questions begin."
            : "The interviewer goes on where you were."}
        </p>
      </section>
    );
  }
  if (progress === null) {
    return (
      <section className="question">
        <h2>Greeting</h2>
        <p className="question-text">The interviewer introduces itself; then the questions begin.</p>
      </section>
    );
  }
  return (
    <section className="question">
      <h2>
        Question {progress.question} of {progress.of}
        {progress.probe && <span className="tag">Follow-up</span>}
      </h2>
      <p className="question-text">{progress.text}</p>
      <div
        className="bar"
        role="progressbar"
        aria-label="Questions"
        aria-valuemin={0}
        aria-valuemax={progress.of}
        aria-valuenow={progress.question}
      >
        <div style={{ inlineSize: `${(100 * progress.question) / Math.max(1, progress.of)}%` }} />
      </div>
    </section>
  );
}

function Actions({ state, session }: { state: State; session: Session }) {
  const open = state.line.kind === "open";
  const asking = open && (state.phase === "questions" || state.phase === "candidate_questions");
  return (
    <div className="actions" role="group" aria-label="Ask the interviewer">
      {ACTIONS.map(({ action, name, hint }) => (
        <button
          key={action}
          type="button"
          className="button"
          title={hint}
          disabled={!(action === "repeat" ? open && state.phase !== "closing" : asking)}
          onClick={() => session.act(action)}
        >
          {name}
        </button>
      ))}
      {/* Those who type are done when they send. */}
      {state.inputMode === "voice" && (
        <button
          type="button"
          className="button primary"
          title="You have finished your answer"
          disabled={!asking}
          onClick={() => session.act("done")}
        >
          I’m done
        </button>
      )}
    </div>
  );
}

function TextBox({ state, session }: { state: State; session: Session }) {
  const [text, setText] = useState("");
  // At the goodbye nobody listens any more.
  const open = state.line.kind === "open" && state.phase !== "closing";

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const trimmed = text.trim();
    if (trimmed !== "" && session.say(trimmed)) setText("");
  };

  return (
    <form className="typing" onSubmit={send}>
      <label htmlFor="answer" className={state.inputMode === "text" ? "" : "hidden"}>
        {state.inputMode === "text" ? "Your answer" : "Type instead of speaking"}
      </label>
      <textarea
        id="answer"
        rows={state.inputMode === "text" ? 3 : 1}
        value={text}
        maxLength={MAX_TEXT_CHARS}
        placeholder={state.inputMode === "text" ? "" : "Or type your answer…"}
        onChange={(event) => {
          setText(event.target.value);
          session.typing();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
        }}
      />
      <button
        type="submit"
        className={state.inputMode === "text" ? "button primary" : "button"}
        disabled={!open || text.trim() === ""}
      >
        Send
      </button>
    </form>
  );
}

function Controls({
  state,
  session,
  onLeave,
}: {
  state: State;
  session: Session;
  onLeave: () => void;
}) {
  const [failed, setFailed] = useState(false);
  return (
    <div className="controls" role="group" aria-label="Microphone and leaving">
      {state.inputMode === "voice" ? (
        <>
          <button
            type="button"
            className="button"
            aria-pressed={state.muted}
            onClick={() => session.mute(!state.muted)}
          >
            {state.muted ? "Unmute" : "Mute"}
          </button>
          <Meter level={session.inputLevel} label="Microphone level" />
        </>
      ) : (
        <>
          <button
            type="button"
            className="button"
            onClick={() => {
              void session.openMicrophone("").then((problem) => setFailed(problem !== null));
            }}
          >
            Use the microphone
          </button>
          <p className="quiet small" role="status">
            {failed ? "The microphone could not be started. Please allow it in your browser." : ""}
          </p>
        </>
      )}
      {state.line.kind !== "waiting" && (
        <button type="button" className="button plain leave" onClick={onLeave}>
          Leave
        </button>
      )}
    </div>
  );
}
