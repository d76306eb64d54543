//! Commands given what they cannot use say so in one line that names it.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::program::{interviewer, interviewer_with_cache};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn settings_and_plans() {
    let folder = Folder::new();
    let settings = folder.file("settings.toml", "[server]\nport = 1\n");
    interviewer(&["config", "check", &settings]).failed_in_one_line(&["settings.toml", "port", "listen"]);
    let plan = |questions: &str| format!("id: x\ntitle: T\nrole: R\nopening: O.\nclosing: C.\nquestions:\n{questions}");
    let good = "  - {id: a, competency: C, text: T?, rephrase: R?}\n";
    for (name, text, named) in [
        ("key.yaml", plan(good) + "colour: red\n", "colour"),
        ("text.yaml", plan("  - {id: a, competency: C, rephrase: R?}\n"), "`text`"),
        ("yaml.yaml", "id: x\n\t]]: {".to_owned(), "line 1"),
        ("empty.yaml", String::new(), "not a valid plan"),
    ] {
        let file = folder.file(name, text);
        interviewer(&["config", "plan", &file]).failed_in_one_line(&[name, named]);
    }
    let noise = folder.file("noise.yaml", [0xff, 0xfe, 0x00, 0x80]);
    interviewer(&["config", "plan", &noise]).failed_in_one_line(&["noise.yaml"]);
    assert_eq!(interviewer(&["config", "plan", &folder.file("good.yaml", plan(good))]).code, 0);
}

#[test]
fn sound_files() {
    let folder = Folder::new();
    let no_samples = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\u{0}>\0\0\0\x7d\0\0\x02\0\x10\0data\0\0\0\0";
    folder.file("text.wav", "hello there");
    folder.file("empty.wav", "");
    folder.file("no-samples.wav", no_samples);
    folder.file("cut.wav", &no_samples.as_bytes()[..20]);
    for (name, named) in [
        ("text.wav", "not a sound file"),
        ("empty.wav", "empty"),
        ("no-samples.wav", "no audio samples"),
        ("cut.wav", "not a sound file"),
        ("missing.wav", "cannot be opened"),
    ] {
        interviewer(&["transcribe", &folder.path(name)]).failed_in_one_line(&[name, named]);
        interviewer(&["listen", &folder.path(name)]).failed_in_one_line(&[name, named]);
    }
    let both = interviewer(&["transcribe", &folder.path("text.wav"), &folder.path("missing.wav")]);
    assert!(both.code == 1 && both.err.contains("text.wav") && both.err.contains("missing.wav"), "{both:?}");
    assert!(both.err.ends_with("error: 2 of 2 files could not be recognised\n"), "{both:?}");
}

#[test]
fn things_to_say_and_places_to_write() {
    let folder = Folder::new();
    let out = folder.path("out.wav");
    interviewer(&["speak", "", "--out", &out]).failed_in_one_line(&["nothing to say"]);
    interviewer(&["speak", "!!!", "--out", &out]).failed_in_one_line(&["!!!"]);
    assert!(!Path::new(&out).exists());
    let nowhere = folder.path("nowhere/out.wav");
    interviewer(&["speak", "Hello.", "--out", &nowhere]).failed_in_one_line(&["nowhere/out.wav"]);
    interviewer(&["speak", "Hello.", "--out", &out, "--voice", "no_such_voice"]).failed_in_one_line(&["no_such_voice"]);
    std::fs::create_dir(folder.path("full")).unwrap();
    folder.file("full/letter", "mine");
    interviewer(&["demo", "--out", &folder.path("full")]).failed_in_one_line(&["full is not empty", "--out"]);
    assert_eq!(std::fs::read_to_string(folder.path("full/letter")).unwrap(), "mine");
    let demo = interviewer(&["demo", "--out", &folder.path("new"), "--plan", "nothing"]);
    demo.failed_in_one_line(&["--plan nothing", "software-engineer"]);
}

#[test]
fn logs() {
    let folder = Folder::new();
    for (name, text, named) in [
        ("text", "hello\n", "line 1"),
        ("other.jsonl", "{\"seq\":0,\"at_ms\":0,\"type\":\"danced\"}\n", "line 1"),
        ("empty", "", "no events"),
    ] {
        let file = folder.file(name, text);
        interviewer(&["replay", &file]).failed_in_one_line(&[name, named]);
    }
    interviewer(&["replay", &folder.path("missing")]).failed_in_one_line(&["missing"]);
    let alone = folder.file("alone", "{\"seq\":0,\"at_ms\":0,\"type\":\"disconnected\"}\n");
    interviewer(&["replay", &alone]).failed_in_one_line(&["plan.json"]);
}

#[test]
fn servers() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = Folder::new();
    let data = folder.path("data");
    let used = interviewer(&["serve", "--port", &port, "--data-dir", &data]);
    used.failed_in_one_line(&[&format!("127.0.0.1:{port}"), "in use", "--port"]);
    let file = folder.file("file", "mine");
    let on_file = interviewer(&["serve", "--port", "0", "--data-dir", &file]);
    on_file.failed_in_one_line(&[&file, "--data-dir"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    std::fs::create_dir_all(folder.path("other")).unwrap();
    let database = folder.file("other/interviews.db", "this is not a database, it is a letter".repeat(100));
    let on_letter = interviewer(&["serve", "--port", "0", "--data-dir", &folder.path("other")]);
    on_letter.failed_in_one_line(&[&database]);
    interviewer(&["serve", "--listen", "here"]).failed_in_one_line(&["here", "127.0.0.1:8080"]);
    std::fs::create_dir_all(folder.path("data/plans")).unwrap();
    folder.file("data/plans/bad.yaml", "id: [");
    interviewer(&["serve", "--port", "0", "--data-dir", &data]).failed_in_one_line(&["bad.yaml"]);
}

/// A copy of the user's cache by links; the file at `short` is cut off.
fn cache_with_short(folder: &Folder, short: &str) -> PathBuf {
    let home = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from).unwrap_or_else(|| {
        let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        base.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cache")).join("interviewer")
    });
    let copy = folder.0.path().join("cache");
    link_all(&home.join("assets"), &copy.join("assets"));
    let path = copy.join("assets").join(short);
    let head = std::fs::read(&path).unwrap()[..1000].to_vec();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, head).unwrap();
    copy
}

fn link_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() { link_all(&path, &place) } else { symlink(&path, &place).unwrap() }
    }
}

#[test]
fn a_model_that_is_cut_off() {
    for (short, asset) in
        [("silero-vad/silero_vad_16k_op15.onnx", "silero-vad"), ("whisper-base/model.bin", "whisper-base")]
    {
        let folder = Folder::new();
        let cache = cache_with_short(&folder, short);
        let named = [asset, short.split('/').next_back().unwrap(), &format!("interviewer assets pull {asset}")];
        let serve = ["serve", "--port", "0", "--data-dir", &folder.path("data")];
        interviewer_with_cache(&cache, &serve).failed_in_one_line(&named);
    }
    let none = Folder::new();
    let serve = ["serve", "--port", "0", "--data-dir", &none.path("data")];
    interviewer_with_cache(none.0.path(), &serve).failed_in_one_line(&["is not ready", "interviewer assets pull"]);
}
