//! Which firewalls the kernel has, found out without waking one: asking a tool can load its modules.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::host::{Look, Unseen, apart};

/// A function that every kernel with nftables has.
const NFTABLES_SYMBOL: &[u8] = b" nft_do_chain";

/// `CAP_NET_ADMIN`, as a bit: without it the kernel shows no rule.
const NET_ADMIN: u64 = 1 << 12;

/// Whether iptables of old has tables here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Legacy {
    /// There is none: asking its tool would only load modules.
    Unused,
    /// There are some.
    Used,
}

/// What the kernel's list of tables says.
pub(super) fn legacy(tables: &Path) -> Look<Legacy> {
    match fs::read_to_string(tables) {
        Ok(names) if names.trim().is_empty() => Ok(Legacy::Unused),
        Ok(_) => Ok(Legacy::Used),
        // The kernel has no such list, unless it is /proc that is absent.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let has_proc = tables.ancestors().any(|folder| folder.join("self").exists());
            if has_proc { Ok(Legacy::Unused) } else { Err(Unseen::NoProc) }
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(Unseen::NoPermission { what: "the firewall".to_owned() })
        }
        Err(error) => Err(Unseen::reading(tables, &error)),
    }
}

/// Whether nftables is in the kernel already. Where that cannot be known, it is.
pub(super) async fn has_nftables(proc: &Path) -> bool {
    // A kernel without modules has all that it will ever have.
    if Path::new("/sys/module/nf_tables").exists() || !proc.join("modules").exists() {
        return true;
    }
    let symbols = proc.join("kallsyms");
    apart(move || Ok(File::open(symbols).map_or(true, has_symbol))).await.unwrap_or(true)
}

fn has_symbol(symbols: impl io::Read) -> bool {
    let lines = BufReader::new(symbols).split(b'\n');
    lines
        .map_while(Result::ok)
        .any(|line| line.windows(NFTABLES_SYMBOL.len()).any(|part| part == NFTABLES_SYMBOL))
}

/// Whether the kernel will show its rules to this process. Where that cannot be known, a tool will say it.
pub(super) fn may_administer(proc: &Path) -> bool {
    let status = fs::read_to_string(proc.join("thread-self/status")).unwrap_or_default();
    let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let bits = capabilities.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_none_or(|bits| bits & NET_ADMIN != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_old_are_asked_for_only_where_there_are_some() {
        let proc = std::env::temp_dir().join(format!("virtwire-kernel-{}", std::process::id()));
        fs::create_dir_all(proc.join("self")).unwrap();
        let file = proc.join("ip_tables_names");
        let absent = legacy(&file);
        fs::write(&file, "").unwrap();
        let empty = legacy(&file);
        fs::write(&file, "nat\nfilter\n").unwrap();
        let used = legacy(&file);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!((absent, empty, used), (Ok(Legacy::Unused), Ok(Legacy::Unused), Ok(Legacy::Used)));
        assert_eq!(legacy(&file), Err(Unseen::NoProc));
    }

    #[test]
    fn nftables_is_in_the_kernel_where_its_functions_are() {
        let with = "0000000000000000 T nft_do_chain\t[nf_tables]\n";
        assert!(has_symbol(format!("0000000000000000 t a\n{with}").as_bytes()));
        assert!(has_symbol(b"ffffffff81f63240 T nft_do_chain\n".as_slice()));
        assert!(!has_symbol(b"ffffffff81f63240 T ipt_do_table\n".as_slice()));
    }

    #[test]
    fn rules_are_shown_to_who_may_administer_the_network() {
        let proc = std::env::temp_dir().join(format!("virtwire-capable-{}", std::process::id()));
        fs::create_dir_all(proc.join("thread-self")).unwrap();
        let may = |bits: &str| {
            fs::write(proc.join("thread-self/status"), format!("Name:\tx\nCapEff:\t{bits}\n")).unwrap();
            may_administer(&proc)
        };
        let seen =
            ["0000000000000000", "0000000000001000", "000001ffffffefff", "000001ffffffffff", "?"].map(may);
        fs::remove_dir_all(&proc).unwrap();
        assert_eq!(seen, [false, true, false, true, true]);
    }
}
