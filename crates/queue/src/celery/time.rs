//! Points in time as Celery writes them: ISO 8601, in UTC or with an offset.

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// `unix_ms` as for instance `2026-11-24T18:58:40.540000+00:00`.
pub fn iso8601(unix_ms: u64) -> String {
    let (days, of_day) = ((unix_ms / 86_400_000) as i64, unix_ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (seconds, ms) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}000+00:00")
}

/// Milliseconds since 1970 of a point in time with date and time of day; without an offset it is UTC. `None` if it
/// cannot be read or lies before 1970.
pub fn unix_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    if !text.is_ascii() || text.len() < 16 || !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let (date, rest) = (&text[..10], &text[11..]);
    let cut = rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
    let ms = date_days(date)? * DAY_MS + clock_ms(&rest[..cut])? - offset_ms(&rest[cut..])?;
    u64::try_from(ms).ok()
}

fn date_days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 9999)?;
    let (month, day) = (number(parts.next()?, 12)?, number(parts.next()?, 31)?);
    (month > 0 && day > 0 && parts.next().is_none()).then(|| days(year, month, day))
}

fn clock_ms(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 24)?, number(parts.next()?, 59)?);
    let mut ms = (hour * 60 + minute) * 60_000;
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
        ms += number(whole, 60)? * 1000;
        let digits = &fraction[..fraction.len().min(3)];
        ms += number(digits, 999)? * 10_i64.pow(3 - digits.len() as u32);
    }
    parts.next().is_none().then_some(ms)
}

fn offset_ms(offset: &str) -> Option<i64> {
    if offset.is_empty() || offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits = offset[1..].replace(':', "");
    let hours = number(digits.get(..2)?, 23)?;
    let minutes = digits.get(2..4).map_or(Some(0), |minutes| number(minutes, 59))?;
    Some(sign * (hours * 60 + minutes) * 60_000)
}

fn number(digits: &str, most: i64) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number <= most)
}

/// Days since 1970 of a day of the Gregorian calendar. Years are counted from March, so that leap days come last
/// (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The other way round.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_celery_writes_is_read() {
        assert_eq!(unix_ms("1970-01-01T00:00:01"), Some(1000));
        assert_eq!(unix_ms("2026-11-24T18:58:40.540388+00:00"), Some(1_795_546_720_540));
        assert_eq!(unix_ms("2026-11-24T20:58:40.5+02:00"), Some(1_795_546_720_500));
        assert_eq!(unix_ms("2026-11-24T18:58:40Z"), Some(1_795_546_720_000));
        assert_eq!(unix_ms("2024-02-29T23:59:59.999-0030"), Some(1_709_252_999_999));
        for bad in ["", "soon", "2026-11-24", "2026-13-24T18:58", "2026-11-24T18:58:40+x", "1969-01-01T00:00:00"] {
            assert_eq!(unix_ms(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(ms in 0_u64..250_000_000_000_000) {
            prop_assert_eq!(unix_ms(&iso8601(ms)), Some(ms));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = unix_ms(&text);
        }
    }
}
