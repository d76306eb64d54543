//! Builds the crate again when the web app, which is embedded, was built again.

fn main() {
    for folder in ["../../web/dist", "../../assets/plans"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
