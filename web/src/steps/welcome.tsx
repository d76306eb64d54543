import type { InterviewInfo } from "../protocol/api";
import { minutesWords, questionsWords } from "../state/words";
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
        {info.role !== "" && info.role !== info.title && <span>{info.role}</span>}
        <span>{questionsWords(info.questions)}</span>
        <span>{minutesWords(info.minutes)}</span>
      </p>
      {returning && (
        <p className="lead">
          Your interview was interrupted. Nothing you said is lost: you will go on where you were.
        </p>
      )}
      <p className="lead">
        {returning
          ? "As before, you will speak with an AI interviewer, not with a person."
          : "You are about to speak with an AI interviewer, not with a person. It asks everyone the same questions, and it waits until you have finished."}
      </p>
      <div className="columns">
        <section className="stack">
          <h2>While you speak</h2>
          <ul className="list">
            <li>Take your time. Pauses are fine, and how fast you answer is not rated.</li>
            <li>Ask to hear a question again or in other words, to think for a moment, or to skip it.</li>
            <li>You can interrupt the interviewer at any time.</li>
            <li>Captions are always on, and you can type instead of speaking.</li>
          </ul>
        </section>
        <section className="stack">
          <h2>Afterwards</h2>
          <ul className="list">
            <li>A person reviews your answers. The AI does not decide on its own.</li>
            <li>Ratings must quote what you said.</li>
            <li>Emotion, accent, tone of voice and appearance are never scored.</li>
            <li>You can download your transcript and recording at the end.</li>
          </ul>
        </section>
      </div>
      <p className="quiet">
        Choose a quiet place; headphones help. Should you need more time or a person instead, tell
        the people who invited you before you begin.
      </p>
      <div className="row">
        <button type="button" className="button primary large" onClick={onContinue}>
          {returning ? "Go on" : "Continue"}
        </button>
      </div>
    </>
  );
}
