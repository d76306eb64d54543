//! What the candidate does next: a small state machine, told what the server says.

use std::collections::{HashMap, HashSet};

use interview::Plan;

use super::script::{Answer, RemarkKind, Script};
use super::told::Told;

/// A line is guessed to last so long, in milliseconds a character.
const MS_PER_CHARACTER: u64 = 58;

/// What the candidate will say, and when.
#[derive(Clone, Debug)]
pub(crate) struct Intention {
    /// The words and pauses.
    pub(crate) answer: Answer,
    /// The question it belongs to.
    pub(crate) question: Option<String>,
    /// Whether it is spoken over the interviewer.
    pub(crate) over_you: bool,
}

/// The candidate's mind.
pub(crate) struct Mind {
    script: Script,
    question_ids: Vec<String>,
    /// The question being asked.
    question: Option<String>,
    phase: String,
    /// How many answers were given to each question.
    given: HashMap<String, usize>,
    /// Remarks made, by their place in the script.
    made: HashSet<usize>,
    fallbacks: usize,
    asked: usize,
    consented: bool,
}

impl Mind {
    pub(crate) fn new(script: Script, plan: &Plan) -> Self {
        let question_ids = plan.questions.iter().map(|q| q.id.clone()).collect();
        Self {
            script,
            question_ids,
            question: None,
            phase: "consent".into(),
            given: HashMap::new(),
            made: HashSet::new(),
            fallbacks: 0,
            asked: 0,
            consented: false,
        }
    }

    /// Takes a message of the server's; what the candidate means to say to it. Who is still `talking`, or about to
    /// begin, finishes that first: whoever cuts in on them gets no second answer for it.
    pub(crate) fn told(&mut self, told: &Told, talking: bool) -> Option<Intention> {
        match told {
            Told::Question { number, text } => {
                self.question = self.question_ids.get(number.saturating_sub(1)).cloned();
                if talking { None } else { self.interrupt(text) }
            }
            Told::Floor { phase, activity } => {
                self.phase.clone_from(phase);
                if activity == "listening" && !talking { self.my_turn() } else { None }
            }
            _ => None,
        }
    }

    /// Begins the answer near the end of the question, if the script says so.
    fn interrupt(&mut self, text: &str) -> Option<Intention> {
        let question = self.question.clone()?;
        self.remark(&question, RemarkKind::Interrupt)?;
        let length_ms = text.chars().count() as u64 * MS_PER_CHARACTER;
        let answer = self.next_answer(&question)?;
        let answer = Answer { think_ms: length_ms * 6 / 10, ..answer };
        Some(Intention { answer, question: Some(question), over_you: true })
    }

    fn my_turn(&mut self) -> Option<Intention> {
        match self.phase.as_str() {
            "consent" => {
                (!std::mem::replace(&mut self.consented, true)).then(|| Intention::remark(&self.script.consent, 700))
            }
            "questions" => self.answer(),
            "candidate_questions" => self.ask(),
            _ => None,
        }
    }

    fn answer(&mut self) -> Option<Intention> {
        let question = self.question.clone()?;
        if let Some(words) = self.remark(&question, RemarkKind::Repeat) {
            let answer = Answer::remark(&words?, 900);
            return Some(Intention { answer, question: Some(question), over_you: false });
        }
        let answer = self.next_answer(&question)?;
        Some(Intention { answer, question: Some(question), over_you: false })
    }

    /// The script's next answer to a question, or one that fits any.
    fn next_answer(&mut self, question: &str) -> Option<Answer> {
        let given = self.given.entry(question.to_owned()).or_default();
        let planned = self.script.answers.get(question).and_then(|answers| answers.get(*given)).cloned();
        *given += 1;
        planned.or_else(|| {
            let fallback = self.script.fallback.get(self.fallbacks % self.script.fallback.len().max(1)).cloned();
            self.fallbacks += 1;
            fallback
        })
    }

    /// Takes a remark that is to be made at a question, once.
    fn remark(&mut self, question: &str, kind: RemarkKind) -> Option<Option<String>> {
        let index = self.script.remarks.iter().position(|r| r.at == question && r.kind == kind)?;
        self.made.insert(index).then(|| self.script.remarks[index].say.clone())
    }

    fn ask(&mut self) -> Option<Intention> {
        self.asked += 1;
        let words = self.script.questions.get(self.asked - 1).unwrap_or(&self.script.goodbye);
        Some(Intention::remark(words, 800))
    }
}

impl Intention {
    fn remark(words: &str, think_ms: u64) -> Self {
        Self { answer: Answer::remark(words, think_ms), question: None, over_you: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mind() -> Mind {
        let yaml = "id: t\ntitle: T\nrole: R\nopening: O.\nclosing: C.\nquestions:\n  - {id: a, competency: C, text: T?, rephrase: R?}";
        let mut mind = Mind::new(Script::shipped("anything").unwrap(), &Plan::from_yaml(yaml).unwrap());
        assert!(mind.told(&listening("consent"), false).is_some());
        assert!(mind.told(&Told::Question { number: 1, text: "T?".into() }, false).is_none());
        mind
    }

    fn listening(phase: &str) -> Told {
        Told::Floor { phase: phase.into(), activity: "listening".into() }
    }

    #[test]
    fn one_who_is_cut_in_on_finishes_and_answers_once() {
        let mut mind = mind();
        assert!(mind.told(&listening("questions"), false).is_some());
        for _ in 0..5 {
            assert!(mind.told(&listening("questions"), true).is_none(), "still talking");
        }
        assert!(mind.told(&listening("candidate_questions"), true).is_none());
        let asks = mind.told(&listening("candidate_questions"), false).unwrap();
        assert_eq!(asks.answer.say, [mind.script.questions[0].clone()]);
    }

    #[test]
    fn one_who_has_asked_everything_takes_leave() {
        let mut mind = mind();
        for _ in 0..mind.script.questions.len() {
            assert!(mind.told(&listening("candidate_questions"), false).is_some());
        }
        let last = mind.told(&listening("candidate_questions"), false).unwrap();
        assert_eq!(last.answer.say, [mind.script.goodbye.clone()]);
    }
}
