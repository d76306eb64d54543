//! Session descriptions as LiveKit's clients read them (RFC 8866, RFC 8829): the answer of the WebRTC stack, with the names
//! that clients look for.

/// Bytes of a description; LiveKit's own are below 20 kB.
pub(crate) const MAX_SDP_BYTES: usize = 128 * 1024;
/// Media sections; LiveKit's clients offer seven, and add to them.
pub(crate) const MAX_SECTIONS: usize = 64;

/// The media sections of `sdp`, each from `m=` on; the part before them is not among them.
fn sections(sdp: &str) -> impl Iterator<Item = &str> {
    let mut rest = sdp.split_once("\r\nm=").map(|(_, rest)| rest);
    std::iter::from_fn(move || {
        let all = rest?;
        let (section, after) = all.split_once("\r\nm=").map_or((all, None), |(section, after)| (section, Some(after)));
        rest = after;
        Some(section)
    })
}

fn mid(section: &str) -> Option<&str> {
    section.lines().find_map(|line| line.strip_prefix("a=mid:"))
}

/// Whether `sdp` is small enough to be looked at.
pub(crate) fn fits(sdp: &str) -> bool {
    sdp.len() <= MAX_SDP_BYTES && sdp.matches("\nm=").count() <= MAX_SECTIONS
}

/// The first section of the answer `sdp` on which we send sound, by its mid.
pub(crate) fn section_for_voice(sdp: &str) -> Option<&str> {
    let sends = |section: &&str| section.starts_with("audio ") && section.lines().any(|line| line == "a=sendonly");
    sections(sdp).find(sends).and_then(mid)
}

/// `sdp` with the section `voice` under the name of `stream` and `track`: clients find whose track it is by it.
pub(crate) fn name_voice(sdp: &str, voice: &str, stream: &str, track: &str) -> String {
    let mut named = Vec::new();
    let mut inside = false;
    let begins = first_line(sdp, voice);
    for (number, line) in sdp.split("\r\n").enumerate() {
        inside = begins == Some(number) || (inside && !line.starts_with("m="));
        named.push(match inside {
            true if line.starts_with("a=msid:") => format!("a=msid:{stream} {track}"),
            true if line.starts_with("a=ssrc:") && line.contains(" msid:") => {
                format!("{} msid:{stream} {track}", line.split(' ').next().unwrap_or_default())
            }
            _ => line.to_owned(),
        });
    }
    named.join("\r\n")
}

/// The line on which the section `voice` begins, if there is one.
fn first_line(sdp: &str, voice: &str) -> Option<usize> {
    let mut begins = None;
    for (number, line) in sdp.split("\r\n").enumerate() {
        if line.starts_with("m=") {
            begins = Some(number);
        }
        if line.strip_prefix("a=mid:") == Some(voice) {
            return begins;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "v=0\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\nm=audio 9 \
        UDP/TLS/RTP/SAVPF 111\r\na=msid:x y\r\na=mid:1\r\na=sendonly\r\na=ssrc:7 cname:c\r\na=ssrc:7 msid:x y\r\nm=audio \
        9 UDP/TLS/RTP/SAVPF 111\r\na=msid:x y\r\na=mid:2\r\na=sendonly\r\n";

    #[test]
    fn our_voice_goes_by_its_name_and_nothing_else_is_touched() {
        assert_eq!(section_for_voice(ANSWER), Some("1"));
        let named = name_voice(ANSWER, "1", "PA_a|TR_b", "TR_b");
        let first = ANSWER.replacen("a=msid:x y", "a=msid:PA_a|TR_b TR_b", 1);
        assert_eq!(named, first.replacen("a=ssrc:7 msid:x y", "a=ssrc:7 msid:PA_a|TR_b TR_b", 1));
        assert_eq!(name_voice(ANSWER, "9", "a", "b"), ANSWER);
        assert_eq!(section_for_voice("v=0\r\n"), None);
    }
}
