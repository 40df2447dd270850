//! Times as they are given, in seconds. They are read without floating point: its tables are 1 % of a small program.

use std::time::Duration;

/// Reads a time in seconds, where 0 is none.
pub(super) fn or_none(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { some(text) }
}

/// Reads a time in seconds, of which more than eleven days make no sense. It is counted in milliseconds, so less than
/// one is nothing.
pub(crate) fn some(text: &str) -> Result<Duration, String> {
    match nanoseconds(text) {
        Some(nanoseconds @ 1_000_000..=1_000_000_000_000_000) => Ok(Duration::from_nanos(nanoseconds)),
        Some(_) => Err("between 0.001 and 1000000 seconds are possible".to_owned()),
        None => Err("a number of seconds is wanted, such as 5 or 0.5".to_owned()),
    }
}

/// What a decimal number of seconds is in nanoseconds, cut off behind them, or the most there can be; 0 for less than
/// none, and for what is no number by that name. `None` is no number at all.
fn nanoseconds(text: &str) -> Option<u64> {
    let (is_negative, number) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..)?),
        Some(b'+') => (false, text.get(1..)?),
        _ => (false, text),
    };
    if ["inf", "infinity", "nan"].iter().any(|name| number.eq_ignore_ascii_case(name)) {
        return Some(0);
    }
    let (digits, exponent) = match number.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, power(exponent)?),
        None => (number, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let length = whole.len() + fraction.len();
    if length == 0 || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let wanted = exponent.saturating_add(9).saturating_add(i32::try_from(whole.len()).ok()?);
    let wanted = usize::try_from(wanted).unwrap_or(0);
    let mut value = 0_u64;
    for digit in whole.bytes().chain(fraction.bytes()).take(wanted) {
        value = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    }
    let zeros = u32::try_from(wanted.saturating_sub(length)).unwrap_or(u32::MAX);
    let value = value.saturating_mul(10_u64.saturating_pow(zeros));
    Some(if is_negative { 0 } else { value })
}

/// One that no number can bear stands for all that are beyond it.
fn power(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !are_digits(digits) {
        return None;
    }
    Some(text.parse().unwrap_or(if text.starts_with('-') { i32::MIN } else { i32::MAX }))
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{or_none, some};

    #[test]
    fn seconds_may_be_fractions() {
        for (text, milliseconds) in [
            ("0.25", 250),
            ("7", 7_000),
            ("1e3", 1_000_000),
            ("1E+3", 1_000_000),
            ("+5.", 5_000),
            (".5", 500),
            ("25e-2", 250),
            ("0.001", 1),
            ("1000000", 1_000_000_000),
            ("0.1000000000000000000000000000000", 100),
        ] {
            assert_eq!(some(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn no_seconds_are_off_where_that_can_be_said() {
        assert_eq!(or_none("0"), Ok(Duration::ZERO));
        assert_eq!(or_none("0.5"), Ok(Duration::from_millis(500)));
        assert!(or_none("-1").is_err());
    }

    #[test]
    fn seconds_that_make_no_sense_are_refused() {
        for text in ["0", "-1", "0.0001", "nan", "-inf", "Infinity", "1e7", "1e2147483647", "1e-9999999999"] {
            assert_eq!(
                some(text),
                Err("between 0.001 and 1000000 seconds are possible".to_owned()),
                "{text}"
            );
        }
        for text in
            ["", "5s", "five", ".", "-", "+", "1e", "e3", "1e2.5", "1e++2", "0x5", "1_000", " 5", "--5"]
        {
            let wanted = "a number of seconds is wanted, such as 5 or 0.5";
            assert_eq!(some(text), Err(wanted.to_owned()), "{text}");
        }
    }
}
