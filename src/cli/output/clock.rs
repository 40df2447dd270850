//! Moments as a person at this host reads them: in its own zone, where this build knows zones, else in UTC.

use crate::cli::report::time::Time;

/// A zone of the earth.
pub(super) struct Clock {
    #[cfg(feature = "local-time")]
    zone: tz::TimeZone,
}

impl Clock {
    /// The zone of `TZ`, or else the host's own. What names none is UTC.
    #[cfg(feature = "local-time")]
    pub(super) fn of_this_host() -> Self {
        let zone = match std::env::var("TZ") {
            Ok(name) => tz::TimeZone::from_posix_tz(&name),
            Err(_) => tz::TimeZone::local(),
        };
        Self { zone: zone.unwrap_or_else(|_| tz::TimeZone::utc()) }
    }

    #[cfg(not(feature = "local-time"))]
    pub(super) fn of_this_host() -> Self {
        Self {}
    }

    /// Date and time of a second since 1970. One beyond the year 9999 has no date.
    pub(super) fn tell(&self, second: i64) -> String {
        self.told(second).unwrap_or_else(|| "-".to_owned())
    }

    #[cfg(feature = "local-time")]
    fn told(&self, second: i64) -> Option<String> {
        let offset = self.zone.find_local_time_type(second).ok()?.ut_offset();
        Time::of_second(second.checked_add(offset.into())?)
    }

    #[cfg(not(feature = "local-time"))]
    fn told(&self, second: i64) -> Option<String> {
        Some(Time::of_second(second)? + "Z")
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[cfg(feature = "local-time")]
    #[test]
    fn a_time_is_told_as_the_zone_has_it() {
        let utc = Clock { zone: tz::TimeZone::utc() };
        assert_eq!(utc.tell(0), "1970-01-01 00:00:00");
        assert_eq!(utc.tell(253_402_300_799), "9999-12-31 23:59:59");
        assert_eq!([253_402_300_800, i64::MAX].map(|second| utc.tell(second)), ["-", "-"]);
        let posix = tz::TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").ok().map(|zone| Clock { zone });
        let told = |second| posix.as_ref().map(|clock| clock.tell(second));
        assert_eq!(told(1_700_000_000).as_deref(), Some("2023-11-14 23:13:20"));
        assert_eq!(told(1_690_000_000).as_deref(), Some("2023-07-22 06:26:40"));
    }

    #[cfg(not(feature = "local-time"))]
    #[test]
    fn a_build_that_knows_no_zones_says_that_it_is_utc() {
        let clock = Clock::of_this_host();
        assert_eq!(clock.tell(0), "1970-01-01 00:00:00Z");
        assert_eq!(clock.tell(1_700_000_000), "2023-11-14 22:13:20Z");
        assert_eq!(clock.tell(253_402_300_799), "9999-12-31 23:59:59Z");
        assert_eq!([i64::MIN, 253_402_300_800, i64::MAX].map(|second| clock.tell(second)), ["-", "-", "-"]);
    }
}
