//! Spoken by Piper, heard by Whisper: what is said of numbers and names is understood.

use speech::speakable::speakable;
use speech::wer::{WerCount, count, normalise};
use speech::{RecognitionRequest, Recognizer, SpeechRequest, Voice};
use whisper::{Whisper, WhisperConfig};

use crate::engines::{asset, hear, piper};

/// Share of words that may be heard wrong.
const MOST_WRONG: f64 = 0.06;

const SENTENCES: [&str; 50] = [
    "I have worked at Microsoft for 7 years.",
    "In 2019 I moved from Boston to Seattle with my wife Emily.",
    "My team grew from 4 to 15 people in 18 months.",
    "We cut the response time from 900 ms to 120 ms.",
    "Dr. Robert Miller was my manager until March 2021.",
    "The budget was $2.5 million, and we spent 80% of it.",
    "I started on May 5, 2018, right after college.",
    "About 3,000 customers use the product every day.",
    "Our meeting with Susan was at 10:30 in the morning.",
    "I was the 3rd engineer that David hired.",
    "We served 500k users with only 12 servers.",
    "The project took 9 weeks instead of 6.",
    "I managed 24 people in London and 8 in Paris.",
    "Between 2015 and 2020 I worked for Amazon.",
    "We raised the test coverage from 45% to 90%.",
    "Sarah and I reviewed about 30 pull requests a week.",
    "The outage lasted 47 minutes on a Friday night.",
    "My salary was $85,000 at that time.",
    "I finished 2nd in a class of 140 students.",
    "We paid $15 an hour for 200 hours of work.",
    "Professor Anderson taught me statistics in 2012.",
    "The file was 16 GB, so it took 25 minutes to copy.",
    "I called Jennifer at 9:15 and again at 4 pm.",
    "About 2/3 of the tickets came from Germany.",
    "We released version 3.5 on December 1st.",
    "I interviewed 60 candidates and hired 11 of them.",
    "The customer in Chicago waited 5 days for an answer.",
    "Our error rate fell to 0.5% within a month.",
    "Michael asked me to fix it before 6 o'clock.",
    "We moved 1,200 accounts from Oracle to Google.",
    "It was the 1st time that I led a team of 20.",
    "I learned French in Montreal in the 1990s.",
    "The new process saved $40,000 a year.",
    "Thomas and Karen joined the company 10 years ago.",
    "We tested it with 250 patients in 4 hospitals.",
    "I drove 300 miles to meet the client in Denver.",
    "Our store sold 75 chairs on Saturday.",
    "The server had 64 GB of memory and 8 cores.",
    "Daniel wrote 90% of the code in 3 weeks.",
    "I spent 2½ years in Tokyo with Toyota.",
    "The deadline was January 31st, 2022.",
    "We reduced the cost from $9 to $4 per order.",
    "Elizabeth gave me 6 months to turn it around.",
    "I answered 50 to 60 calls every day.",
    "The class has 28 children, and 13 of them are boys.",
    "Mr. Johnson signed the contract for $750,000.",
    "Since 2023 I work 4 days a week.",
    "Our office in Berlin opened at 8 and closed at 5.",
    "I ran 10 km every morning with my friend Kevin.",
    "More than 1 million people read the report by Harvard.",
];

/// Piper draws its tune by chance: two readings count, so that one that is lucky or unlucky decides less.
#[tokio::test]
async fn numbers_and_names_are_understood_as_they_are_said() {
    let voice = piper();
    let whisper = Whisper::load(WhisperConfig::new(asset("whisper-base"))).unwrap();
    let (mut total, mut wrong) = (WerCount::default(), Vec::new());
    for _ in 0..2 {
        read_aloud(&voice, &whisper, &mut total, &mut wrong).await;
    }
    let summary = format!("{:.2} % of {} words wrong\n{}", 100.0 * total.rate(), total.words, wrong.join("\n"));
    println!("{summary}");
    assert!(total.rate() <= MOST_WRONG, "{summary}");
}

async fn read_aloud(voice: &dyn Voice, whisper: &Whisper, total: &mut WerCount, wrong: &mut Vec<String>) {
    for written in SENTENCES {
        let samples = hear(voice, SpeechRequest::new(written)).await.unwrap();
        let heard = whisper.recognize(RecognitionRequest::new(samples)).await.unwrap().text;
        let (said, heard) = (speakable(written), speakable(&heard));
        let counted = count(&said, &heard);
        *total += counted;
        if counted.errors() > 0 {
            let words = |text: &str| normalise(text).join(" ");
            wrong.push(format!("{} wrong: {}\n   heard: {}", counted.errors(), words(&said), words(&heard)));
        }
    }
}
