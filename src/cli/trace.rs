//! `--trace`: the conversation with the server on stderr, a line a frame. What a frame says is the library's to write.

use std::io::{self, Write};
use std::time::Instant;

use virtwire::FrameRecord;

/// Writes each frame behind the milliseconds since now. Nothing is stopped for a trace that nobody reads.
pub(super) fn to_stderr() -> impl Fn(&FrameRecord<'_>) + Send + Sync {
    let start = Instant::now();
    move |record| {
        let milliseconds = start.elapsed().as_secs_f64() * 1_000.0;
        let line = format!("{milliseconds:>9.3} ms {record}\n");
        let _ = io::stderr().write_all(line.as_bytes());
    }
}
