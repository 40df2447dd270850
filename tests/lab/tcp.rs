//! TCP to a lab's daemon from this process, which is outside of the lab's namespace.

use std::fs::File;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::thread;

use super::Lab;

impl Lab {
    /// A stream to the daemon's port for TCP. Whoever uses it, a socket stays in the namespace in which it was made.
    pub(crate) fn stream_over_tcp(&self) -> tokio::net::TcpStream {
        let namespace = format!("/run/netns/{}", self.name());
        let connecting = thread::spawn(move || {
            let namespace = File::open(namespace).expect("the namespace is there");
            rustix::thread::move_into_link_name_space(namespace.as_fd(), None).expect("root may enter it");
            TcpStream::connect(("127.0.0.1", 16509)).expect("the daemon listens")
        });
        let stream = connecting.join().expect("the thread ends");
        stream.set_nonblocking(true).expect("the socket is ours");
        tokio::net::TcpStream::from_std(stream).expect("the socket is ours")
    }
}
