//! What holds for every declared message, whatever bytes come.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use virtwire_protocol::trace::payload;
use virtwire_protocol::xdr::{ErrorKind, Schema};

use crate::generate::{damaged, encoded};
use crate::registry::{Message, holds_chars, messages};
use crate::walk;

/// Runs the property on values of the strategy that `make` gives for each message.
fn for_every_message(
    cases: u32,
    make: fn(&Schema) -> BoxedStrategy<Vec<u8>>,
    property: impl Fn(&Message, Vec<u8>) -> Result<(), TestCaseError>,
) {
    for message in messages() {
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(&make(&message.schema), |bytes| property(&message, bytes));
        result.unwrap_or_else(|error| panic!("{}: {error}", message.name));
    }
}

#[test]
fn canonical_bytes_come_back_as_they_were() {
    for_every_message(96, encoded, |message, bytes| {
        let decoded = (message.decode)(&Bytes::from(bytes.clone()))?;
        prop_assert_eq!(decoded.read, bytes.len());
        prop_assert_eq!(decoded.again, bytes);
        Ok(())
    });
}

#[test]
fn the_oracle_reads_what_we_wrote_and_we_read_what_it_wrote() {
    for_every_message(96, encoded, |message, bytes| {
        let ours = (message.decode)(&Bytes::from(bytes))?;
        let (read, theirs) = walk::through(&message.schema, &ours.again).unwrap();
        prop_assert_eq!(read, ours.again.len());
        prop_assert_eq!(&theirs, &ours.again);
        prop_assert_eq!((message.decode)(&theirs.into())?, ours);
        Ok(())
    });
}

/// The oracle is laxer, on padding and on `char`s for example: so this is true one way only.
#[test]
fn what_we_accept_of_any_bytes_the_oracle_accepts_and_takes_for_the_same() {
    for_every_message(256, damaged, |message, bytes| {
        let bytes = Bytes::from(bytes);
        let Ok(ours) = (message.decode)(&bytes) else {
            return Ok(());
        };
        let (read, theirs) = walk::through(&message.schema, &bytes).unwrap();
        prop_assert_eq!(read, ours.read);
        prop_assert_eq!(theirs, ours.again);
        Ok(())
    });
}

#[test]
fn skip_accepts_exactly_what_decode_accepts() {
    for_every_message(256, damaged, |message, bytes| {
        let bytes = Bytes::from(bytes);
        let decoded = (message.decode)(&bytes).map(|decoded| decoded.read);
        prop_assert_eq!((message.skip)(&bytes), decoded);
        Ok(())
    });
}

#[test]
fn what_is_accepted_is_canonical_and_stays_what_it_is() {
    for_every_message(256, damaged, |message, bytes| {
        let bytes = Bytes::from(bytes);
        let Ok(first) = (message.decode)(&bytes) else {
            return Ok(());
        };
        prop_assert!(first.read >= message.min_size);
        prop_assert_eq!(first.again.len(), first.read);
        if !holds_chars(&message.schema) {
            prop_assert_eq!(&first.again, &bytes.slice(..first.read));
        }
        prop_assert_eq!(&(message.decode)(&first.again)?, &first);
        Ok(())
    });
}

#[test]
fn a_message_cut_at_any_byte_is_truncated() {
    for_every_message(8, encoded, |message, bytes| {
        let bytes = Bytes::from(bytes);
        for cut in 0..bytes.len() {
            let error = (message.decode)(&bytes.slice(..cut)).unwrap_err();
            let is_truncated = matches!(error.kind, ErrorKind::Truncated { needed, left } if needed > left);
            prop_assert!(is_truncated, "cut at {cut}: {error}");
        }
        Ok(())
    });
}

#[test]
fn trailing_bytes_are_tolerated_and_left_alone() {
    let with_more = |schema: &Schema| (encoded(schema), proptest::collection::vec(any::<u8>(), 1..9));
    for message in messages() {
        let mut runner = TestRunner::deterministic();
        let result = runner.run(&with_more(&message.schema), |(bytes, more)| {
            let alone = (message.decode)(&Bytes::from(bytes.clone()))?;
            let longer = (message.decode)(&Bytes::from([bytes, more].concat()))?;
            prop_assert_eq!(alone, longer);
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{}: {error}", message.name));
    }
}

#[test]
fn a_trace_says_that_bytes_are_malformed_exactly_where_decode_fails() {
    for_every_message(256, damaged, |message, bytes| {
        let bytes = Bytes::from(bytes);
        let line = payload(message.schema, &bytes).to_string();
        prop_assert_eq!(line.ends_with('>'), (message.decode)(&bytes).is_err(), "{}", line);
        prop_assert!(line.chars().count() < 1_200 && !line.contains(char::is_control), "{}", line);
        Ok(())
    });
}
