//! Stands between a client and a daemon, sees every frame, and may do to it what networks and broken peers do. Must not
//! know what a procedure means.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Long enough for a reader to see one piece without the next.
const BETWEEN_PIECES: Duration = Duration::from_micros(200);

/// Who sent a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The client.
    Client,
    /// The daemon.
    Server,
}

/// A frame as it passed, or was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// How many connections there were before this one.
    pub(crate) connection: usize,
    /// Who sent it.
    pub(crate) from: From,
    /// The procedure's number.
    pub(crate) procedure: u32,
    /// All its bytes, length word included.
    pub(crate) bytes: Vec<u8>,
}

/// What becomes of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It goes on.
    Pass,
    /// It is lost, and with it the connection.
    Cut,
    /// So many of its bytes go on, and then the connection is lost.
    CutAfter(usize),
    /// These bytes go on in its place, piece by piece; without a piece, the frame is lost and the connection is not.
    Instead(Vec<Vec<u8>>),
    /// Neither it nor anything behind it goes on in this direction, and nobody is told.
    Stall,
}

/// A relay; it serves until the test's process ends.
#[derive(Debug)]
pub(crate) struct Relay {
    path: PathBuf,
    frames: Arc<Mutex<Vec<Frame>>>,
}

impl Relay {
    /// Listens at `path` and passes on to `server` what `fate` lets pass; `fate` may take its time.
    pub(crate) fn start(
        path: PathBuf,
        server: PathBuf,
        fate: impl Fn(&Frame) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let listener = UnixListener::bind(&path).expect("the folder is ours");
        let frames = Arc::new(Mutex::new(Vec::new()));
        let (log, fate) = (Arc::clone(&frames), Arc::new(fate));
        thread::spawn(move || {
            for (connection, client) in listener.incoming().enumerate() {
                let Ok(client) = client else { return };
                let Ok(server) = UnixStream::connect(&server) else {
                    continue;
                };
                for (from, source, target) in
                    [(From::Client, &client, &server), (From::Server, &server, &client)]
                {
                    let (source, target) = (clone(source), clone(target));
                    let (log, fate) = (Arc::clone(&log), Arc::clone(&fate));
                    thread::spawn(move || {
                        let _ = pass(connection, from, &source, &target, &log, &*fate);
                        let _ = source.shutdown(Shutdown::Both);
                        let _ = target.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { path, frames }
    }

    /// `qemu:///system` through this relay.
    pub(crate) fn uri(&self) -> String {
        uri(&self.path)
    }

    /// The frames so far, in the order in which they were seen.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        self.frames.lock().expect("no thread panics with it").clone()
    }
}

/// `qemu:///system` through a socket.
pub(crate) fn uri(socket: &Path) -> String {
    format!("qemu:///system?socket={}", socket.display())
}

fn clone(stream: &UnixStream) -> UnixStream {
    stream.try_clone().expect("there are descriptors left")
}

fn pass(
    connection: usize,
    from: From,
    mut source: &UnixStream,
    mut target: &UnixStream,
    log: &Mutex<Vec<Frame>>,
    fate: &(dyn Fn(&Frame) -> Fate + Send + Sync),
) -> io::Result<()> {
    loop {
        let bytes = read_frame(&mut source)?;
        let procedure = word(&bytes, 3);
        let frame = Frame { connection, from, procedure, bytes };
        let fate = fate(&frame);
        let bytes = frame.bytes.clone();
        log.lock().expect("no thread panics with it").push(frame);
        match fate {
            Fate::Pass => target.write_all(&bytes)?,
            Fate::Cut => return Ok(()),
            Fate::CutAfter(count) => return target.write_all(bytes.get(..count).unwrap_or(&bytes)),
            Fate::Instead(pieces) => write_apart(target, &pieces)?,
            Fate::Stall => return io::copy(&mut source, &mut io::sink()).map(drop),
        }
    }
}

fn write_apart(mut target: &UnixStream, pieces: &[Vec<u8>]) -> io::Result<()> {
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            thread::sleep(BETWEEN_PIECES);
        }
        target.write_all(piece)?;
    }
    Ok(())
}

/// Reads one frame, length word included.
pub(crate) fn read_frame(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    source.read_exact(&mut bytes)?;
    let rest = u64::from(word(&bytes, 0).saturating_sub(4));
    let read = source.take(rest).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read == rest) {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The number `index` of the big-endian words that a frame begins with: length, program, version, procedure, type,
/// serial, status.
pub(crate) fn word(frame: &[u8], index: usize) -> u32 {
    let bytes = frame.get(4 * index..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
