import { useRef, useState } from "react";
import type { FormEvent } from "react";
import { Confirm } from "../ui/dialog";
import { Heading } from "../ui/heading";

export function Consent({
  onBack,
  onGranted,
  onDeclined,
}: {
  onBack: () => void;
  onGranted: () => void;
  onDeclined: () => void;
}) {
  const [recording, setRecording] = useState(false);
  const [machine, setMachine] = useState(false);
  const [incomplete, setIncomplete] = useState(false);
  const [asking, setAsking] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (recording && machine) {
      onGranted();
      return;
    }
    setIncomplete(true);
    (recording ? second : first).current?.focus();
  };

  return (
    <>
      <Heading focus>Your consent</Heading>
      <p className="lead">
        Nothing has been recorded so far, and nothing will be unless you agree. It is your choice.
      </p>
      <dl className="terms">
        <dt>What is recorded</dt>
        <dd>Your voice and what you type from the start of the interview until its end. No video.</dd>
        <dt>What is made of it</dt>
        <dd>
          A transcript with the time of each word, for the people who review your interview. They
          read what you said.
        </dd>
        <dt>What is never done</dt>
        <dd>
          The machine scores nothing and decides nothing. Emotion, accent, tone and speed are not
          measured.
        </dd>
        <dt>Who has it</dt>
        <dd>
          The organisation that invited you, on a server it chose. Ask them for a copy, a
          correction or deletion at any time.
        </dd>
      </dl>
      <form className="stack" onSubmit={submit} noValidate>
        <fieldset className="stack">
          <legend>Please tick both to go on</legend>
          <label className="check">
            <input
              ref={first}
              type="checkbox"
              checked={recording}
              aria-describedby={incomplete ? "consent-problem" : undefined}
              aria-invalid={incomplete && !recording}
              onChange={(event) => setRecording(event.target.checked)}
            />
            <span>I agree that this interview is recorded and written down.</span>
          </label>
          <label className="check">
            <input
              ref={second}
              type="checkbox"
              checked={machine}
              aria-describedby={incomplete ? "consent-problem" : undefined}
              aria-invalid={incomplete && !machine}
              onChange={(event) => setMachine(event.target.checked)}
            />
            <span>I understand that I speak with an AI, and that a person reviews the result.</span>
          </label>
        </fieldset>
        <p id="consent-problem" className="problem" role="alert">
          {incomplete && !(recording && machine) ? "Both need your tick before you can go on." : ""}
        </p>
        <div className="row">
          <button type="submit" className="button primary large">
            I agree, continue
          </button>
          <button type="button" className="button" onClick={() => setAsking(true)}>
            No thanks
          </button>
          <button type="button" className="button plain" onClick={onBack}>
            Back
          </button>
        </div>
        <p className="quiet small">
          The interviewer will greet you and mention this once more. You can stop at any time.
        </p>
      </form>
      {asking && (
        <Confirm
          title="Decline the interview?"
          yes={leaving ? "Declining…" : "Decline"}
          no="Go back"
          onNo={() => {
            if (!leaving) setAsking(false);
          }}
          onYes={() => {
            if (leaving) return;
            setLeaving(true);
            onDeclined();
          }}
        >
          <p>Nothing was recorded and nothing will be kept. This link will no longer work.</p>
        </Confirm>
      )}
    </>
  );
}
