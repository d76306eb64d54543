//! The report page.

use crate::support::whole;

fn page() -> String {
    let (folder, _) = whole().written();
    std::fs::read_to_string(folder.path().join("report.html")).unwrap()
}

#[test]
fn nothing_from_a_plan_or_a_candidate_becomes_markup() {
    let page = page();
    assert!(page.contains("Test &amp; &quot;more&quot; &lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>release"));
    assert!(page.contains("Tester {{title}}"), "what is put in is not a template");
    assert!(page.contains("&quot;perhaps&quot;") && page.contains("Hale&#39;s"));
}

#[test]
fn the_page_loads_nothing_and_allows_only_its_own_script() {
    let page = page();
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    for outside in ["src=", "http://", "https://", "@import", "url(", "style=\"", "onclick"] {
        assert!(!page.replace("img src=x onerror", "").contains(outside), "{outside}");
    }
}

#[test]
fn words_carry_their_times_and_the_sound_is_all_there() {
    let page = page();
    assert!(page.contains("<span class=\"w unsure\" data-t=") && page.contains("role=\"button\" tabindex=\"0\""));
    let (_, rest) = page.split_once("data-samples=\"").unwrap();
    let (samples, rest) = rest.split_once("\">").unwrap();
    let samples: usize = samples.parse().unwrap();
    let (sound, _) = rest.split_once("</script>").unwrap();
    assert_eq!((samples, sound.len()), (21_500 * 16, samples.div_ceil(3) * 4));
    assert!(sound.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)));
}
