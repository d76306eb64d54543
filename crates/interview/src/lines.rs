//! The interviewer's fixed lines. Neutral by rule: none praises, judges, or answers for the candidate.

use crate::{Plan, PlanKind};

/// Is that all right with you?
pub const CONSENT_REQUEST: &str = "Is that all right with you? Please say yes or no, or use the buttons.";
/// Asked again when the reply was neither.
pub const CONSENT_AGAIN: &str =
    "Sorry, I did not get that. May I record this interview? Please say yes or no, or use the buttons.";
/// For a question about consent.
pub const CONSENT_EXPLAINED: &str = "I am an AI interviewer, a computer program that asks questions and listens. What we both say is recorded and \
    written down, so that people can go through it later. Nothing of what you say is kept unless you agree. Is that all right with you?";
/// After a no.
pub const DECLINED: &str =
    "That is perfectly fine. Nothing of what you said has been kept. Thank you for your time, and goodbye.";
/// After a pause that is long.
pub const TAKE_YOUR_TIME: &str = "Take your time.";
/// When what was said has not been understood for some seconds.
pub const ONE_MOMENT: &str = "One moment, please.";
/// When it could not be understood at all, since something of ours failed.
pub const SAY_AGAIN: &str = "I am sorry, something on our side did not work, and I could not hear what you said. Please say it again, or type it.";
/// At "give me a moment".
pub const OF_COURSE: &str = "Of course. Take your time.";
/// After a pause that is very long.
pub const OFFER_SKIP: &str = "There is no hurry. If you would rather leave this question out, just say skip.";
/// Before the connection is closed because nobody is there.
pub const PAUSING: &str = "I cannot hear you at the moment, so I will stop here. Your interview is saved. Open the link again, \
    and we will go on where we were.";
/// At "I can't think of an example".
pub const ANY_EXAMPLE: &str = "That is all right. A small example is fine too, from any part of your life. \
    If nothing comes to mind, just say skip.";
/// Before the next question when this one is left out.
pub const MOVE_ON: &str = "All right, let us go on.";
/// After a break, before the question is asked again.
pub const WELCOME_BACK: &str =
    "Welcome back. The connection was lost for a moment, and nothing is lost. We were at this question.";
/// After a break outside the questions.
pub const WELCOME_BACK_SHORT: &str = "Welcome back. The connection was lost for a moment, and nothing is lost.";
/// The candidate's turn to ask.
pub const INVITATION: &str = "Those were all my questions. Is there anything that you would like to ask, or to add?";
/// A question that the plan does not answer.
pub const NOTED: &str =
    "I cannot answer that myself, but I have noted it for the people who read this interview. Is there anything else?";
/// After a planned answer.
pub const ANYTHING_ELSE: &str = "Is there anything else?";
/// When the candidate ends it.
pub const LEFT: &str = "All right, we will stop here. Thank you for your time, and goodbye.";

const ACKNOWLEDGEMENTS: [&str; 3] = ["Thank you.", "Okay, thank you.", "All right, thank you."];

/// The acknowledgement before question `index`; the same for everyone.
pub fn acknowledgement(index: usize) -> &'static str {
    ACKNOWLEDGEMENTS[index % ACKNOWLEDGEMENTS.len()]
}

/// Who speaks and that it is recorded.
pub fn greeting(plan: &Plan) -> String {
    let purpose = match plan.kind {
        PlanKind::Hiring => format!("This is the interview for the role of {}.", plan.role),
        PlanKind::Research => format!("This is a research interview about {}.", plan.role),
    };
    format!(
        "Hello, and welcome. {purpose} I am an AI interviewer, not a person. \
         Our conversation is recorded and written down, so that people can go through it afterwards."
    )
}

/// Every line of an interview by `plan` that can be known ahead, so that it can be synthesised ahead.
pub fn all(plan: &Plan) -> Vec<String> {
    let fixed = [
        CONSENT_REQUEST,
        CONSENT_AGAIN,
        CONSENT_EXPLAINED,
        DECLINED,
        TAKE_YOUR_TIME,
        ONE_MOMENT,
        SAY_AGAIN,
        OF_COURSE,
        OFFER_SKIP,
        PAUSING,
        ANY_EXAMPLE,
        MOVE_ON,
        WELCOME_BACK,
        WELCOME_BACK_SHORT,
        INVITATION,
        NOTED,
        ANYTHING_ELSE,
        LEFT,
    ];
    let mut lines = vec![greeting(plan), CONSENT_REQUEST.to_owned(), plan.opening.clone()];
    for question in &plan.questions {
        lines.extend([question.text.clone(), question.rephrase.clone(), question.short_text().to_owned()]);
        lines.extend(question.probes.iter().map(|probe| probe.text.clone()));
    }
    lines.extend(ACKNOWLEDGEMENTS.map(str::to_owned));
    lines.extend(fixed.map(str::to_owned));
    lines.extend(plan.answers.iter().map(|answer| answer.text.clone()));
    lines.push(plan.closing.clone());
    let mut seen = std::collections::HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines
}
