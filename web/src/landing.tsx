import { useEffect, useState } from "react";
import { ApiError, createInterview, listPlans } from "./protocol/api";
import type { Plan } from "./protocol/api";
import { capitalised, minutesWords, questionsWords, saysMore } from "./state/words";
import { Heading } from "./ui/heading";
import { Shell } from "./ui/shell";

function wordsOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "Something went wrong.";
}

export function Landing() {
  const [plans, setPlans] = useState<Plan[] | null>(null);
  const [problem, setProblem] = useState("");
  const [starting, setStarting] = useState("");

  const load = () => {
    setProblem("");
    listPlans().then(setPlans, (error: unknown) => setProblem(wordsOf(error)));
  };
  useEffect(load, []);

  const start = async (plan: string) => {
    setStarting(plan);
    setProblem("");
    try {
      const link = new URL(await createInterview(plan), window.location.href);
      if (link.protocol !== "http:" && link.protocol !== "https:") throw new Error("not a page");
      window.location.assign(link);
    } catch (error) {
      setStarting("");
      setProblem(wordsOf(error));
    }
  };

  return (
    <Shell>
      <div className="page" data-step="landing">
        <Heading>Spoken interviews, heard out to the end</Heading>
        <p className="lead">
          Talk with an AI interviewer in real time. Everyone is asked the same questions, it waits
          while you think, and people read what was said.
        </p>
        <section aria-labelledby="plans-heading" className="stack">
          <h2 id="plans-heading">Start a trial interview</h2>
          {problem !== "" && (
            <div className="notice" role="alert">
              <p>{problem}</p>
              {plans === null && (
                <button type="button" className="button" onClick={load}>
                  Try again
                </button>
              )}
            </div>
          )}
          {plans === null && problem === "" && (
            <p className="quiet" role="status">
              Loading the plans…
            </p>
          )}
          {plans?.length === 0 && <p className="quiet">There are no interview plans yet.</p>}
          <ul className="plans">
            {plans?.map((plan) => (
              <li key={plan.id} className="card plan">
                <div>
                  <h3>{plan.title}</h3>
                  <p className="quiet">
                    {saysMore(plan.role, plan.title) && <>{capitalised(plan.role)} · </>}
                    {questionsWords(plan.questions)} · {minutesWords(plan.minutes)}
                  </p>
                </div>
                <button
                  type="button"
                  className="button primary"
                  disabled={starting !== ""}
                  aria-label={`Start a trial interview: ${plan.title}`}
                  onClick={() => void start(plan.id)}
                >
                  {starting === plan.id ? "Starting…" : "Start"}
                </button>
              </li>
            ))}
          </ul>
          <p className="quiet small">
            A trial works just like a real interview: you read what it is about and agree before
            anything is recorded.
          </p>
        </section>
      </div>
    </Shell>
  );
}
