//! The plans that ship, their schema, and what is said about a plan that is not right.

#![allow(clippy::panic, clippy::unwrap_used)]

mod shipped;

use interview::{Plan, lines};
use shipped::{PLANS, plan, read, root};

/// Words that value an answer, or lead to one. "All right" and "perfectly fine" value nothing.
const NOT_NEUTRAL: &str = "amazing, awesome, brilliant, cool, excellent, exactly, fantastic, good, great, impressive, \
    interesting, lovely, nice, perfect, well done, wonderful, bad, disappointing, poor, terrible, weak, unfortunately, \
    i agree, i disagree, you should, obviously, surely, dont you, didnt you, isnt it, wasnt it, arent you, wouldnt you, \
    would you agree";

/// What a person can keep in mind of a question that is heard once.
const LONGEST_QUESTION_WORDS: usize = 45;

const GOOD: &str = "\
id: test
title: Test
role: tester
opening: Let us begin.
questions:
  - id: one
    competency: Care
    text: What did you do?
    rephrase: >-
      Of all that happened: which
      part of it was yours?
    time_s: 60
    probes:
      - when: thin
        text: Could you tell me more?
  - id: two
    competency: Care
    text: How did it end?
    rephrase: What came of it?
closing: Goodbye.
";
const PROBES: &str = "      - when: thin\n        text: Could you tell me more?\n";

fn plain(text: &str) -> String {
    let kept = text.to_lowercase().replace(['\'', '’'], "");
    let words: Vec<&str> = kept.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

#[test]
fn shipped_plans_are_neutral_in_every_line() {
    for name in PLANS {
        for line in lines::all(&plan(name)) {
            let said = plain(&line);
            let found = NOT_NEUTRAL.split(", ").find(|phrase| said.contains(&format!(" {phrase} ")));
            assert_eq!(found, None, "{name}: {line}");
        }
    }
}

#[test]
fn shipped_plans_can_be_spoken_and_kept_in_mind() {
    for name in PLANS {
        let plan = plan(name);
        assert_eq!(plan.id, name);
        for line in lines::all(&plan) {
            let unspeakable = line.find(|c: char| c.is_ascii_digit() || "()[]/*&%#;\"\n".contains(c));
            assert_eq!(unspeakable, None, "{name}: {line}");
        }
        for question in &plan.questions {
            for asked in [&question.text, &question.rephrase] {
                let words = asked.split_whitespace().count();
                assert!(words <= LONGEST_QUESTION_WORDS, "{name}: {words} words in: {asked}");
            }
            assert_ne!(plain(&question.text), plain(&question.rephrase), "{name}: {}", question.id);
            assert!(question.short_text().split_whitespace().count() <= 20, "{name}: {}", question.short_text());
            assert!(!question.probes.is_empty(), "{name}: {} has no probe", question.id);
        }
    }
}

#[test]
fn the_readme_s_plan_is_valid() {
    let readme = read("README.md");
    let (_, rest) = readme.split_once("```yaml\n").unwrap();
    Plan::from_yaml(rest.split("```").next().unwrap()).unwrap();
}

#[test]
fn the_committed_schema_is_the_code_s() {
    let path = root().join("docs/plan.schema.json");
    let schema = serde_json::to_string_pretty(&Plan::schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == schema,
        "docs/plan.schema.json is out of date; run UPDATE_SCHEMA=1 cargo test --release -p interview --test plans"
    );
}

#[test]
fn a_key_that_is_wrong_is_named_with_its_place() {
    for (from, to, said) in [
        ("time_s: 60", "time: 60", "line 12, column 5: unknown key `time`; the keys here are id, competency, text"),
        ("    text: What did you do?\n", "", "line 12, column 5: the key `text` is missing here"),
        ("title: Test\n", "", "line 19, column 1: the key `title` is missing here"),
        ("title: Test", "title: Test\ntitle: Again", "line 3, column 1: the key `title` is there twice"),
        ("What did you do?", "", "line 8, column 9: `text` must not be empty"),
        ("What did you do?", "[a, b]", "line 8, column 11: `text` must be text"),
        ("time_s: 60", "time_s: a minute", "line 12, column 13: `time_s` must be a whole number"),
        ("time_s: 60", "time_s: -3", "line 12, column 13: `time_s` must be a whole number that is not negative"),
        ("when: thin", "when: often", "line 14, column 15: `when` is \"often\"; must be one of thin, no_action, no_"),
        (PROBES, "      more\n", "line 14, column 7: `probes` must be a list"),
        (PROBES, "      when: thin\n", "line 14, column 7: `probes` must be a list"),
        (PROBES, "      - Tell me more.\n", "line 14, column 9: `probes` must consist of keys and values"),
        (PROBES, "    - Tell me more.\n", "line 14, column 7: `probes` must consist of keys and values"),
        (GOOD, "just words", "line 1, column 1: the plan must consist of keys and values"),
        (GOOD, "# nothing", "it is empty, or ends too early"),
    ] {
        let told = told(from, to);
        assert!(told.starts_with(&format!("not a valid plan: {said}")), "{told}");
    }
}

#[test]
fn a_value_that_is_wrong_is_named_with_its_path() {
    for (from, to, said) in [
        ("What did you do?", "''", "questions[0].text must not be empty"),
        ("id: two", "id: one", "questions[1].id \"one\" is used twice"),
        ("id: two", "id: Two 2", "questions[1].id \"Two 2\" must be 1 to 64 lower-case letters, digits or hyphens"),
        ("time_s: 60", "time_s: 5", "questions[0].time_s is 5; must be 10 to 3600"),
        ("time_s: 60", "time_s: 3601", "questions[0].time_s is 3601; must be 10 to 3600"),
        ("time_s: 60", "pause_budget_ms: 10", "questions[0].pause_budget_ms is 10; must be 500 to 30000"),
        (
            "title: Test\n",
            "title: Test\nlexicon:\n  Niamh: /neev\n",
            "lexicon.Niamh begins with a stroke; IPA stands between two: /nˈiːv/",
        ),
        (
            "title: Test\n",
            "title: Test\nlexicon:\n  Niamh: '...'\n",
            "lexicon.Niamh must say how it is said: 1 to 64 letters, or IPA between strokes",
        ),
        (
            "title: Test\n",
            "title: Test\nlexicon:\n  A B C D E: a\n",
            "lexicon.A B C D E is too long for a name; at most 4 words",
        ),
        ("title: Test\n", "title: Test\nlanguage: de\n", "language \"de\" is not spoken yet; the one that is: en"),
    ] {
        assert_eq!(told(from, to), said);
    }
}

#[test]
fn names_reach_the_recogniser_from_the_terms_and_from_the_lexicon() {
    let with = |fields: &str| Plan::from_yaml(&format!("{GOOD}{fields}")).unwrap().recognition_prompt();
    assert_eq!(with(""), None);
    assert_eq!(with("terms: [Rust, Niamh]\n").unwrap(), "Rust, Niamh.");
    let both = with("terms: [Rust, Niamh]\nlexicon:\n  Niamh: neev\n  Xiaoming Li: /ʃjˈaʊmɪŋ lˈiː/\n");
    assert_eq!(both.unwrap(), "Rust, Niamh, Xiaoming Li.");
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    for (from, to, place) in [
        ("title: Test", "title: Test: two", "line 2, column 12"),
        ("title: Test", "\ttitle: Test", "line 1, column 5"),
        (GOOD, "\u{0}\u{1}PK", "line 1, column 1"),
    ] {
        let told = told(from, to);
        assert!(told.starts_with("not a valid plan: ") && told.contains(place), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

fn told(from: &str, to: &str) -> String {
    let yaml = GOOD.replacen(from, to, 1);
    assert_ne!(yaml, GOOD, "nothing was replaced: {from}");
    Plan::from_yaml(&yaml).unwrap_err().to_string()
}
