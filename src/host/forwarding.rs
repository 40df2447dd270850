//! Whether the kernel forwards packets, as `/proc/sys/net` says of this network namespace.

use std::path::Path;
use std::{fs, io};

use super::{Forwarding, Look, Unseen};

/// What the kernel forwards.
pub(super) fn look(proc: &Path) -> Look<Forwarding> {
    if !proc.join("self").exists() {
        return Err(Unseen::NoProc);
    }
    let ipv4 = switch(&proc.join("sys/net/ipv4/ip_forward"))?;
    let ipv6 = match switch(&proc.join("sys/net/ipv6/conf/all/forwarding")) {
        Err(Unseen::NotThere(_)) => None,
        seen => Some(seen?),
    };
    Ok(Forwarding { ipv4, ipv6 })
}

fn switch(file: &Path) -> Look<bool> {
    let read: io::Result<String> = fs::read_to_string(file);
    let value = read.map_err(|error| Unseen::reading(file, &error))?;
    // Of IPv6, 2 means yes, too.
    Ok(value.trim() != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_ipv6_has_no_switch_for_it() {
        let proc = std::env::temp_dir().join(format!("virtwire-forwarding-{}", std::process::id()));
        fs::create_dir_all(proc.join("self")).unwrap();
        fs::create_dir_all(proc.join("sys/net/ipv4")).unwrap();
        fs::write(proc.join("sys/net/ipv4/ip_forward"), "1\n").unwrap();
        let without = look(&proc);
        fs::create_dir_all(proc.join("sys/net/ipv6/conf/all")).unwrap();
        fs::write(proc.join("sys/net/ipv6/conf/all/forwarding"), "0\n").unwrap();
        let with = look(&proc);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!(without, Ok(Forwarding { ipv4: true, ipv6: None }));
        assert_eq!(with, Ok(Forwarding { ipv4: true, ipv6: Some(false) }));
        assert_eq!(look(&proc), Err(Unseen::NoProc));
    }
}
