//! A name server in a lab's network namespace, for programs that look names up there. Must not be reachable from outside.
//!
//! Source: RFC 1035, section 4.

use std::fs::File;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::thread;

use super::Lab;

const RECURSIVE_ANSWER: u16 = 0x8180;
const NO_SUCH_NAME: u16 = 3;
/// The class and the type of an IPv4 address.
const IN_A: &[u8] = &[0, 1, 0, 1];

impl Lab {
    /// Answers at 127.0.0.1 for the rest of this process's life: this name has the address 127.0.0.1, and no other name
    /// exists. Whoever is to ask needs a resolv.conf that says so.
    pub(crate) fn serve_name(&self, known: &'static str) {
        let namespace = format!("/run/netns/{}", self.name());
        // Who enters a namespace stays there: a thread is sent, which ends. The socket stays where it was made.
        let bound = thread::spawn(move || {
            let namespace = File::open(namespace).expect("the namespace is there");
            rustix::thread::move_into_link_name_space(namespace.as_fd(), None).expect("root may enter it");
            UdpSocket::bind("127.0.0.1:53").expect("nobody else listens there")
        });
        let socket = bound.join().expect("the port is free");
        thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut query) {
                if let Some(answer) = query.get(..length).and_then(|query| answer(query, known)) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
    }
}

/// The answer to a query of one question; `None` if it is anything else.
fn answer(query: &[u8], known: &str) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut rest = query.get(12..)?;
    loop {
        let (&length, tail) = rest.split_first()?;
        rest = tail.get(usize::from(length)..)?;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(tail.get(..length.into())?).into_owned());
    }
    let question = query.get(12..query.len() - rest.len() + 4)?;
    let exists = labels.join(".") == known;
    let has_address = exists && rest.starts_with(IN_A);
    let flags = RECURSIVE_ANSWER | if exists { 0 } else { NO_SUCH_NAME };
    let mut answer = query.get(..2)?.to_vec();
    for field in [flags, 1, has_address.into(), 0, 0] {
        answer.extend(field.to_be_bytes());
    }
    answer.extend(question);
    if has_address {
        // The name is that of the question; the address is good for a minute.
        answer.extend([&[0xc0, 12], IN_A, &[0, 0, 0, 60, 0, 4, 127, 0, 0, 1]].concat());
    }
    Some(answer)
}
