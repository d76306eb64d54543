import type { Step } from "../state/reducer";

const STEPS: { step: Step; name: string }[] = [
  { step: "welcome", name: "Welcome" },
  { step: "consent", name: "Consent" },
  { step: "devices", name: "Sound check" },
  { step: "interview", name: "Interview" },
];

export function Steps({ current }: { current: Step }) {
  const at = STEPS.findIndex(({ step }) => step === current);
  if (at < 0) return null;
  return (
    <nav aria-label="Steps">
      <ol className="steps">
        {STEPS.map(({ step, name }, index) => (
          <li
            key={step}
            className={index < at ? "past" : index === at ? "now" : "ahead"}
            aria-current={index === at ? "step" : undefined}
          >
            <span>{name}</span>
          </li>
        ))}
      </ol>
    </nav>
  );
}
