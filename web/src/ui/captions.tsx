import { useEffect, useRef, useState } from "react";
import type { Caption } from "../state/reducer";

const NEAR_END_PX = 80;
/** A burst of captions, as after coming back, is read out as its last one only. */
const SETTLE_MS = 400;

function shapeOf(element: HTMLElement): string {
  return `${element.clientWidth} ${element.clientHeight} ${element.scrollHeight}`;
}

export function Captions({ captions }: { captions: Caption[] }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const shape = useRef("");

  const follow = () => {
    const element = box.current;
    if (element === null) return;
    shape.current = shapeOf(element);
    if (following.current) element.scrollTop = element.scrollHeight;
  };
  useEffect(follow, [captions]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // A turned phone or an opened keyboard must not hide the last words.
    const observer = new ResizeObserver(follow);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <section className="captions" aria-labelledby="captions-heading">
      <h2 id="captions-heading" className="hidden">
        Captions
      </h2>
      <div
        ref={box}
        className="captions-box"
        role="region"
        aria-label="What has been said"
        tabIndex={0}
        onScroll={(event) => {
          // A box that changes its shape scrolls too; only a person's scrolling counts.
          if (shapeOf(event.currentTarget) !== shape.current) return;
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
        }}
      >
        {captions.length === 0 && <p className="quiet">What is said will appear here.</p>}
        {captions.map(({ key, speaker, text, final }) => (
          <p
            key={key}
            className={`caption ${speaker}${final ? "" : " interim"}`}
            data-speaker={speaker}
            data-final={final}
          >
            <span className="who">{speaker === "candidate" ? "You" : "Interviewer"}</span>
            <span className="said">
              {text}
              {!final && <span aria-hidden="true"> …</span>}
            </span>
          </p>
        ))}
      </div>
    </section>
  );
}

export function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p className="hidden" aria-live="polite">
      {said === "" ? "" : `Interviewer: ${said}`}
    </p>
  );
}
