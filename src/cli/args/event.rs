//! The arguments of `net-event`.

use super::option::options;
use crate::cli::failure::{Failure, Kind};

options! {
    /// `net-event`. Words without an option are the network, the kind of event and the time, as far as no option gives
    /// them.
    pub(crate) struct NetEvent {
        /// Only events of this one: name or UUID
        first: Option<String> { value: "NETWORK" },
        second: Option<String> { value: "EVENT", is_hidden: true },
        third: Option<String> { value: "TIME", is_hidden: true },
        /// The same
        network: Option<String> { long: "network", value: "NETWORK", is_hidden: true },
        /// The kind of event to wait for
        event: Option<String> { long: "event", value: "lifecycle|metadata-change" },
        /// Go on after the first event, until the time is over or Ctrl-C
        pub(crate) is_loop: bool { long: "loop" },
        /// Connect again where the connection is lost, and tell of the gap
        pub(crate) reconnect: bool { long: "reconnect" },
        /// How long to wait at most: whole seconds
        timeout: Option<String> { long: "timeout", value: "SECONDS" },
        /// Print the kinds of events there are
        pub(crate) list: bool { long: "list" },
        /// Print when each event came
        pub(crate) timestamp: bool { long: "timestamp" },
    }
}

/// What is to be waited for, as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Awaited<'a> {
    pub(crate) network: Option<&'a str>,
    pub(crate) event: Option<&'a str>,
    timeout: Option<&'a str>,
}

/// Most seconds that virsh can wait: they have to fit an `int` as milliseconds.
const SECONDS_MAX: u32 = i32::MAX.unsigned_abs() / 1000;

impl NetEvent {
    /// What is to be waited for.
    pub(crate) fn awaited(&self) -> Result<Awaited<'_>, Failure> {
        let words = [&self.first, &self.second, &self.third];
        let mut words = words.into_iter().flatten().map(String::as_str);
        let mut filled = |option: &'_ Option<String>| match option {
            Some(_) => None,
            None => words.next(),
        };
        let (network, event, timeout) = (filled(&self.network), filled(&self.event), filled(&self.timeout));
        match words.next() {
            Some(word) => Err(Failure::new(Kind::Usage, format!("unexpected data '{word}'"))),
            None => Ok(Awaited {
                network: self.network.as_deref().or(network),
                event: self.event.as_deref().or(event),
                timeout: self.timeout.as_deref().or(timeout),
            }),
        }
    }
}

impl Awaited<'_> {
    /// The most seconds to wait.
    pub(crate) fn seconds(&self) -> Result<Option<u32>, Failure> {
        let Some(text) = self.timeout else { return Ok(None) };
        let seconds = text.trim_start().parse().ok().filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
        let malformed = || {
            let message = format!("Numeric value '{text}' for <timeout> option is malformed or out of range");
            Failure::new(Kind::Usage, message)
        };
        seconds.ok_or_else(malformed).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::args::{Arguments, Command};

    type Read = Result<(Option<String>, Option<String>, Option<u32>), String>;

    fn read(line: &str) -> Read {
        let words = ["virtwire", "net-event"].into_iter().chain(line.split_whitespace());
        let (_, parsed) = Arguments::read(words.map(Into::into));
        let parsed = parsed.map_err(|unread| unread.error.to_string())?;
        let Command::NetEvent(args) = &parsed.command else {
            return Err("another command".to_owned());
        };
        let text = |failure: crate::cli::failure::Failure| failure.message.to_string();
        let awaited = args.awaited().map_err(text)?;
        let given = [awaited.network, awaited.event].map(|given| given.map(str::to_owned));
        let [network, event] = given;
        Ok((network, event, awaited.seconds().map_err(text)?))
    }

    #[test]
    fn words_fill_what_no_option_gives() {
        let lines =
            ["a lifecycle", "--event lifecycle a", "--network a lifecycle", "--network a --event lifecycle"];
        for line in lines {
            assert_eq!(read(line), Ok((Some("a".to_owned()), Some("lifecycle".to_owned()), None)), "{line}");
        }
        assert_eq!(read("a"), Ok((Some("a".to_owned()), None, None)));
        let all = (Some("a".to_owned()), Some("lifecycle".to_owned()), Some(3));
        for line in ["a lifecycle 3", "--timeout 3 a lifecycle", "--event lifecycle a 3"] {
            assert_eq!(read(line), Ok(all.clone()), "{line}");
        }
        let extra = Err("unexpected data 'b'".to_owned());
        for line in ["--event e a 3 b", "--network n --event e --timeout 3 b"] {
            assert_eq!(read(line), extra, "{line}");
        }
    }

    #[test]
    fn times_are_those_that_virsh_can_wait() {
        let seconds = |text: &str| read(&format!("--timeout={text}")).map(|(_, _, seconds)| seconds);
        assert_eq!(seconds("1"), Ok(Some(1)));
        assert_eq!(seconds("+7"), Ok(Some(7)));
        assert_eq!(seconds("2147483"), Ok(Some(2_147_483)));
        for text in ["0", "-1", "2147484", "0.5", "1s", "", "99999999999"] {
            let message = format!("Numeric value '{text}' for <timeout> option is malformed or out of range");
            assert_eq!(seconds(text), Err(message));
        }
    }
}
