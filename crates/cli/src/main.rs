//! The binary `interviewer`.

fn main() {}
