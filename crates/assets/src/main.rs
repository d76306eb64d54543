//! Fetches assets before the product itself can be built.

fn main() {}
