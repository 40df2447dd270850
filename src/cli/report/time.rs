//! Moments, in UTC. No zone of this host is looked at.

#[cfg(any(feature = "json", feature = "net-event", test))]
use std::time::Duration;
#[cfg(any(feature = "json", feature = "net-event"))]
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A moment, in UTC and to the millisecond, as RFC 3339 writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Time(String);

impl Time {
    #[cfg(any(feature = "json", feature = "net-event"))]
    pub(crate) fn now() -> Self {
        Self::since_1970(SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
    }

    /// Date and time of a second since 1970, or before; none outside of the years 1 to 9999.
    pub(crate) fn of_second(second: i64) -> Option<String> {
        if !(-62_135_596_800..=253_402_300_799).contains(&second) {
            return None;
        }
        let second = u64::try_from(second.checked_add_unsigned(DAYS_BEFORE_1970 * 86_400)?).ok()?;
        Some(written(second, ' '))
    }

    #[cfg(any(feature = "json", feature = "net-event", test))]
    fn since_1970(elapsed: Duration) -> Self {
        let second = elapsed.as_secs() + DAYS_BEFORE_1970 * 86_400;
        Self(format!("{}.{:03}Z", written(second, 'T'), elapsed.subsec_millis()))
    }

    /// Date, hour and minute: what people want to know of it.
    #[cfg(feature = "page")]
    pub(crate) fn minute(&self) -> String {
        format!("{} UTC", self.0.get(..16).unwrap_or(&self.0).replace('T', " "))
    }

    /// As libvirt writes it.
    #[cfg(any(feature = "net-event", test))]
    pub(crate) fn as_in_virsh(&self) -> String {
        self.0.replace('T', " ").replace('Z', "+0000")
    }
}

/// From the first of March of the year 0 on, from where days and seconds are counted here.
const DAYS_BEFORE_1970: u64 = 719_468;

/// Date and time, with this between them.
fn written(second: u64, between: char) -> String {
    let (year, month, day) = date(second / 86_400);
    let [hour, minute, second] = [second / 3600 % 24, second / 60 % 60, second % 60];
    format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a day in the Gregorian calendar. It is reckoned in years that begin with March, so that the day
/// that comes every four years is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DAYS_BEFORE_1970, Time, date};

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (milliseconds, rfc3339, virsh) in [
            (0, "1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00.000+0000"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "2000-02-28 23:59:59.999+0000"),
            (951_868_799_001, "2000-02-29T23:59:59.001Z", "2000-02-29 23:59:59.001+0000"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z", "2024-02-29 00:00:00.000+0000"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "2100-03-01 00:00:00.000+0000"),
        ] {
            let time = Time::since_1970(Duration::from_millis(milliseconds));
            assert_eq!((time.0.as_str(), time.as_in_virsh().as_str()), (rfc3339, virsh));
        }
    }

    #[test]
    fn what_was_before_1970_has_a_date_too() {
        for (second, told) in [
            (-1, "1969-12-31 23:59:59"),
            (-12_600, "1969-12-31 20:30:00"),
            (-2_203_891_200, "1900-03-01 00:00:00"),
            (-62_135_596_800, "0001-01-01 00:00:00"),
            (253_402_300_799, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(Time::of_second(second).as_deref(), Some(told));
        }
        assert_eq!([-62_135_596_801, 253_402_300_800, i64::MIN].map(Time::of_second), [None, None, None]);
    }

    #[test]
    fn every_day_of_a_cycle_follows_the_one_before() {
        let lengths = |year: u64| {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let mut days = DAYS_BEFORE_1970;
        for year in 1970..2370 {
            for (month, length) in (1..).zip(lengths(year)) {
                for day in 1..=length {
                    assert_eq!(date(days), (year, month, day));
                    days += 1;
                }
            }
        }
    }
}
