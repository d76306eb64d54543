use super::speakable;

/// Written, said.
const CASES: [(&str, &str); 85] = [
    ("", ""),
    ("Hello, how are you?", "Hello, how are you?"),
    ("I have 3 years.", "I have three years."),
    ("It took 0 retries", "It took zero retries"),
    ("We had 21 tests.", "We had twenty one tests."),
    ("about 1,234,567 rows", "about one million two hundred thirty four thousand five hundred sixty seven rows"),
    ("100 and 115", "one hundred and one hundred fifteen"),
    ("In 1999,", "In nineteen ninety nine,"),
    ("in 2005", "in two thousand five"),
    ("in 2024.", "in twenty twenty four."),
    ("in 1905 and 1900", "in nineteen oh five and nineteen hundred"),
    ("from 2019–2021", "from twenty nineteen to twenty twenty one"),
    ("the 1990s", "the nineteen nineties"),
    ("the '90s", "the 'nineties"),
    ("3.5 years", "three point five years"),
    ("0.05", "zero point zero five"),
    (".5", "zero point five"),
    ("Python 3.11.2", "Python three point eleven point two"),
    ("-5 degrees", "minus five degrees"),
    ("It costs $5.", "It costs five dollars."),
    ("$1", "one dollar"),
    ("$1,200.50", "one thousand two hundred dollars and fifty cents"),
    ("$2.5 million", "two point five million dollars"),
    ("€300k", "three hundred thousand euros"),
    ("£20", "twenty pounds"),
    ("$50/hour", "fifty dollars hour"),
    ("$80-100k", "eighty to one hundred thousand dollars"),
    ("12.5%", "twelve point five percent"),
    ("10-15%", "ten to fifteen percent"),
    ("99 % done", "ninety nine percent done"),
    ("the 1st, 2nd and 23rd", "the first, second and twenty third"),
    ("my 20th", "my twentieth"),
    ("on May 5, 2021", "on May fifth, twenty twenty one"),
    ("at 10:30", "at ten thirty"),
    ("at 9:05pm", "at nine oh five P M"),
    ("at 10:00.", "at ten o'clock."),
    ("at 3 pm", "at three P M"),
    ("at 11 a.m. sharp", "at eleven ay M sharp"),
    ("3-5 people", "three to five people"),
    ("1/2 or 3/4", "one half or three quarters"),
    ("24/7", "twenty four seven"),
    ("500k users", "five hundred thousand users"),
    ("a 401k", "a four oh one K"),
    ("16GB of RAM", "sixteen gigabytes of RAM"),
    ("200 ms", "two hundred milliseconds"),
    ("1 ms", "one millisecond"),
    ("10x faster", "ten times faster"),
    ("5+ years", "five plus years"),
    ("~30 people", "about thirty people"),
    ("#1", "number one"),
    ("call 5551234567", "call five five five one two three four five six seven"),
    ("code 007", "code zero zero seven"),
    ("Dr. Smith's 3.5 years", "Doctor Smith's three point five years"),
    ("Mr. and Mrs. Jones", "Mister and Missus Jones"),
    ("tools, e.g. Git", "tools, for example Git"),
    ("red, blue, etc.", "red, blue, et cetera."),
    ("red etc. and so on", "red et cetera and so on"),
    ("No. 5", "number five"),
    ("I said no. Then 5", "I said no. Then five"),
    ("Acme Inc. grew. Acme Inc. Then", "Acme incorporated grew. Acme incorporated. Then"),
    ("this vs. that", "this versus that"),
    ("C++, C# and .NET", "C plus plus, C sharp and dot net"),
    ("a SQL database", "a S Q L database"),
    ("MySQL or PostgreSQL", "my S Q L or post-gress"),
    ("k8s", "kubernetes"),
    ("our API and APIs", "our ay P I and ay P I's"),
    ("the CEO's plan", "the C E O's plan"),
    ("HTTP, NASA, JSON", "H T T P, NASA, jason"),
    ("the U.S. market", "the U S market"),
    ("until 5 p.m. Then", "until five P M. Then"),
    ("I did NOT do IT", "I did NOT do IT"),
    ("THIS IS ALL IN CAPS", "THIS IS ALL IN CAPS"),
    ("CI/CD", "C I, C D"),
    ("EC2 and S3", "E C two and S three"),
    ("COVID-19", "COVID nineteen"),
    ("a 24-hour, well-known thing", "a twenty four hour, well-known thing"),
    ("read/write", "read write"),
    ("R&D", "R and D"),
    ("Mail jane.doe@example.com.", "Mail jane dot doe at example dot com."),
    ("see https://www.example.com/jobs/", "see example dot com slash jobs"),
    ("on github.com", "on github dot com"),
    ("user_name", "user name"),
    ("**Well**, `ok` 🙂 then", "Well, ok then"),
    ("A - B", "A , B"),
    ("one\n\n2", "one\ntwo"),
];

#[test]
fn text_is_put_into_words() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter(|(written, said)| speakable(written) != *said)
        .map(|(written, said)| format!("{written:?}: {:?}, not {said:?}", speakable(written)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_too_long_for_a_word_stays_as_it_is() {
    for part in ["a1", "$1-", "1/", "a_", "x=", "~", "a.b@"] {
        let long = part.repeat(5000);
        assert_eq!(speakable(&long), long);
        assert_eq!(speakable(&format!("$5 (\"{long}x\"), 3")), format!("five dollars (\"{long}x\"), three"));
    }
    let longest = "a1".repeat(32);
    assert!(speakable(&longest).starts_with("a one a one"));
    assert_eq!(speakable(&format!("{longest}a")), format!("{longest}a"));
}

#[test]
fn nothing_makes_it_fail() {
    for odd in [
        "$",
        "$-",
        "-",
        "--",
        "1-",
        "-1-2-3",
        "1/0",
        "99999999999999999999",
        "$99999999999999999999.99",
        "1,2,3",
        "...",
        "a@",
        "@b.c",
        "://",
        "%",
        "1e9",
        "½",
        "12:99",
        "0x1F",
        "é1",
        "µs",
        "5µs",
        "K",
        "'s",
        "#",
        "1.",
        ".1.",
        "99th",
        "18446744073709551616th",
    ] {
        let _ = speakable(odd);
        let _ = speakable(&format!("{odd} {odd}."));
    }
}
