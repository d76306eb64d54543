//! The schemas in the documentation are those of the code. `UPDATE_SCHEMA=1` writes them anew.

use queue::tasks::{ReportRequest, ReportResult, SpeakRequest, SpeakResult, TranscribeRequest, TranscribeResult};

/// `page` with the block after each mark holding that type's schema.
fn with_schemas(page: &str) -> String {
    let mut out = page.to_owned();
    let schemas = [
        ("TranscribeRequest", schemars::schema_for!(TranscribeRequest)),
        ("TranscribeResult", schemars::schema_for!(TranscribeResult)),
        ("SpeakRequest", schemars::schema_for!(SpeakRequest)),
        ("SpeakResult", schemars::schema_for!(SpeakResult)),
        ("ReportRequest", schemars::schema_for!(ReportRequest)),
        ("ReportResult", schemars::schema_for!(ReportResult)),
    ];
    for (name, schema) in schemas {
        let mark = format!("<!-- schema: {name} -->\n```json\n");
        let begin = out.find(&mark).unwrap_or_else(|| panic!("no mark for {name}")) + mark.len();
        let end = begin + out[begin..].find("```").unwrap();
        out.replace_range(begin..end, &format!("{}\n", serde_json::to_string_pretty(&schema).unwrap()));
    }
    out
}

#[test]
fn the_documentation_has_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tasks.md");
    let page = std::fs::read_to_string(path).unwrap();
    let right = with_schemas(&page);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &right).unwrap();
    } else {
        assert!(page == right, "docs/tasks.md is out of date; UPDATE_SCHEMA=1 cargo test --release -p queue schemas");
    }
}
