import { useEffect, useReducer, useRef } from "react";
import { initialState, reduce } from "./state/reducer";
import { Session } from "./state/session";
import { Consent } from "./steps/consent";
import { Devices } from "./steps/devices";
import { End } from "./steps/end";
import { Interview } from "./steps/interview";
import { Missing } from "./steps/missing";
import { Welcome } from "./steps/welcome";
import { Shell } from "./ui/shell";
import { Steps } from "./ui/steps";

/** The candidate's way through one interview. */
export function Candidate({ id }: { id: string }) {
  const [state, dispatch] = useReducer(reduce, initialState);
  const held = useRef<Session | null>(null);
  held.current ??= new Session(id, dispatch);
  const session = held.current;

  useEffect(() => {
    void session.load();
    return () => session.close();
  }, [session]);

  const title = state.info?.title ?? "";
  useEffect(() => {
    document.title = title === "" ? "Interview" : `${title} · Interview`;
  }, [title]);

  return (
    <Shell
      wide={state.step === "interview" && !state.takenOver}
      aside={state.info !== null && state.step !== "end" && !state.takenOver ? <Steps current={state.step} /> : null}
    >
      <div className="page" data-step={state.step}>
        {state.step === "loading" && (
          <p className="quiet" role="status">
            Loading your interview…
          </p>
        )}
        {state.step === "missing" && state.missing !== null && <Missing {...state.missing} />}
        {state.info !== null && state.step === "welcome" && (
          <Welcome
            info={state.info}
            returning={state.returning}
            onContinue={() => {
              if (state.consented) void session.openSound();
              dispatch({ type: "go", step: state.consented ? "devices" : "consent" });
            }}
          />
        )}
        {state.step === "consent" && (
          <Consent
            onBack={() => dispatch({ type: "go", step: "welcome" })}
            onGranted={() => {
              // This click is the gesture that lets the page make sound later.
              void session.openSound();
              session.consent();
              dispatch({ type: "go", step: "devices" });
            }}
            onDeclined={() => session.decline()}
          />
        )}
        {state.step === "devices" && <Devices session={session} returning={state.returning} way={state.way} />}
        {state.step === "interview" && <Interview state={state} session={session} />}
        {state.info !== null && state.step === "end" && state.ended !== null && (
          <End info={state.info} reason={state.ended} />
        )}
      </div>
    </Shell>
  );
}
