import type { InterviewInfo } from "../protocol/api";
import { capitalised, minutesWords, questionsWords, saysMore } from "../state/words";
import { Heading } from "../ui/heading";

export function Welcome({
  info,
  returning,
  onContinue,
}: {
  info: InterviewInfo;
  returning: boolean;
  onContinue: () => void;
}) {
  return (
    <>
      <Heading focus>{returning ? "Welcome back" : info.title}</Heading>
      <p className="facts">
        {saysMore(info.role, info.title) && <span>{capitalised(info.role)}</span>}
        <span>{questionsWords(info.questions)}</span>
        <span>{minutesWords(info.minutes)}</span>
      </p>
      {returning && (
        <p className="lead">
          {info.connected
            ? "Your interview has begun, and you can go on where you were. If it is still open in another window, it moves here."
            : "Your interview was interrupted. What you said is kept, and you go on where you were. If you were in the middle of an answer, please say it again."}
        </p>
      )}
      <p className="lead">
        {returning
          ? "As before, you will speak with an AI interviewer, not with a person."
          : "You are about to speak with an AI interviewer, not with a person. It asks everyone the same questions, and it waits until you have finished."}
      </p>
      {!returning && <Rules />}
      <p className="quiet">
        Choose a quiet place; headphones help.{" "}
        {!returning &&
          "Should you need more time or a person instead, tell the people who invited you before you begin."}
      </p>
      <div className="row">
        <button type="button" className="button primary large" onClick={onContinue}>
          {returning ? "Go on" : "Continue"}
        </button>
      </div>
    </>
  );
}

function Rules() {
  return (
    <div className="columns">
      <section className="stack">
        <h2>While you speak</h2>
        <ul className="list">
          <li>Take your time. Pauses are fine, and nobody rates how fast you answer.</li>
          <li>Ask to hear a question again or in other words, to think for a moment, or to skip it.</li>
          <li>You can interrupt the interviewer at any time.</li>
          <li>Captions are always on, and you can type instead of speaking.</li>
        </ul>
      </section>
      <section className="stack">
        <h2>Afterwards</h2>
        <ul className="list">
          <li>People read what you said, and they decide. The AI neither scores nor decides.</li>
          <li>Emotion, accent, tone of voice and speed are not measured.</li>
          <li>You can download your transcript and recording at the end.</li>
        </ul>
      </section>
    </div>
  );
}
