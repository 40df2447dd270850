//! Runs one look in a thread that is somewhere, or someone, else. Must never change what the other threads are.

use std::fs::File;
use std::os::fd::AsFd;
use std::thread;

use rustix::thread::{
    Gid, Uid, UnshareFlags, move_into_link_name_space, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};
use virtwire::host::{Host, Whose};

use crate::lab::Lab;

/// What a look shows in the network namespace of a lab, with `/sys` as the host has it.
pub(crate) fn network_of(lab: &Lab, whose: Whose) -> Host {
    let namespace = format!("/run/netns/{}", lab.name());
    apart(move || {
        enter(&namespace);
        look(whose)
    })
}

/// What a look shows in the network and mount namespaces of a lab.
pub(crate) fn inside(lab: &Lab, whose: Whose) -> Host {
    let namespaces = ["net", "mnt"].map(|kind| format!("/proc/{}/ns/{kind}", lab.pid()));
    apart(move || {
        // Who shares the folder that is current with other threads may not enter another mount namespace.
        #[expect(deprecated, reason = "the safe form is enough where no descriptors are given up")]
        rustix::thread::unshare(UnshareFlags::FS).expect("root may");
        namespaces.iter().for_each(|namespace| enter(namespace));
        look(whose)
    })
}

/// What a look shows to an ordinary user, on the host.
pub(crate) fn nobody(whose: Whose) -> Host {
    apart(move || {
        let (user, group) = (Uid::from_raw(65534), Gid::from_raw(65534));
        set_thread_groups(&[]).expect("root may leave its groups");
        set_thread_res_gid(group, group, group).expect("root may become anyone");
        set_thread_res_uid(user, user, user).expect("root may become anyone");
        look(whose)
    })
}

/// What a look shows on the host.
pub(crate) fn outside(whose: Whose) -> Host {
    apart(move || look(whose))
}

fn enter(namespace: &str) {
    let namespace = File::open(namespace).expect("the namespace is there");
    move_into_link_name_space(namespace.as_fd(), None).expect("root may enter it");
}

fn apart(work: impl FnOnce() -> Host + Send + 'static) -> Host {
    thread::spawn(work).join().expect("the look ends")
}

/// The runtime's own threads start where this one is.
fn look(whose: Whose) -> Host {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(Host::look(whose))
}
