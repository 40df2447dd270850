//! `krb5.conf`: which realm a host belongs to, who answers for a realm, where the user's tickets are. Asks no name server.
//!
//! Source: krb5.conf(5) of MIT Kerberos.

use std::env;
use std::fs::{self, File};
use std::io::{ErrorKind as Io, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

const USUAL: &str = "/etc/krb5.conf";

/// The longest file that is read, in bytes.
const FILE_MAX: u64 = 1024 * 1024;

/// How deep files include others, and braces stand in each other.
const DEPTH_MAX: usize = 10;

/// All that the files say: each line's section and keys on the way to it, and its value.
#[derive(Debug, Default)]
pub(super) struct Config(Vec<(Vec<String>, String)>);

/// Where a realm's tickets are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kdc {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Config {
    /// Reads the files that `KRB5_CONFIG` names, else the usual one. One that is not there says nothing.
    pub(super) fn read() -> Result<Self> {
        let named = env::var_os("KRB5_CONFIG").filter(|named| !named.is_empty());
        let files: Vec<_> =
            named.map_or_else(|| vec![PathBuf::from(USUAL)], |named| env::split_paths(&named).collect());
        let mut config = Self::default();
        for file in files {
            config.add_file(&file, 0)?;
        }
        Ok(config)
    }

    fn add_file(&mut self, path: &Path, depth: usize) -> Result<()> {
        let wrong = |why: String| Error::invalid(format!("{}: {why}", path.display()));
        if depth > DEPTH_MAX {
            return Err(wrong("too many files that include each other".to_owned()));
        }
        let mut text = Vec::new();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == Io::NotFound => return Ok(()),
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        };
        file.take(FILE_MAX + 1)
            .read_to_end(&mut text)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if text.len() as u64 > FILE_MAX {
            return Err(wrong(format!("is longer than {FILE_MAX} bytes")));
        }
        self.add(&String::from_utf8_lossy(&text), depth).map_err(|error| wrong(error.to_string()))
    }

    /// Adds what a text says.
    pub(super) fn add(&mut self, text: &str, depth: usize) -> Result<()> {
        let mut way = Vec::new();
        for (number, line) in text.lines().map(str::trim).enumerate() {
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            match word {
                "includedir" => self.add_folder(Path::new(rest.trim()), depth + 1)?,
                "include" => self.add_file(Path::new(rest.trim()), depth + 1)?,
                "module" => {}
                _ if line.is_empty() || line.starts_with(['#', ';']) => {}
                _ => {
                    let added = self.add_line(line, &mut way);
                    added.map_err(|why| Error::invalid(format!("line {}: {why}", number + 1)))?;
                }
            }
        }
        Ok(())
    }

    /// Adds what a line says by itself; `way` is where it stands, and where the next one does.
    fn add_line(&mut self, line: &str, way: &mut Vec<String>) -> std::result::Result<(), &'static str> {
        if let Some(section) = line.strip_prefix('[') {
            let (section, _) = section.split_once(']').ok_or("a section without its end")?;
            *way = vec![section.trim().to_owned()];
            return Ok(());
        }
        if line.starts_with('}') {
            return way.pop().filter(|_| !way.is_empty()).map(|_| ()).ok_or("a '}' without its '{'");
        }
        if line == "{" {
            let begun = self.0.pop().filter(|(_, value)| value.is_empty());
            *way = begun.ok_or("a '{' without its key")?.0;
            return Ok(());
        }
        let (key, value) = line.split_once('=').ok_or("neither a section nor 'key = value'")?;
        if way.is_empty() || way.len() > DEPTH_MAX {
            return Err("it stands in no section, or too deep in one");
        }
        let mut at = way.clone();
        at.push(key.trim().trim_end_matches('*').trim_end().to_owned());
        match value.trim() {
            "{" => *way = at,
            value => self.0.push((at, value.trim_matches('"').to_owned())),
        }
        Ok(())
    }

    /// Adds the files of a folder that are meant: those whose names end in `.conf`, or are plain words.
    fn add_folder(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        let is_word =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let is_meant = |name: &&String| is_word(name) || (name.ends_with(".conf") && !name.starts_with('.'));
        names.iter().filter(is_meant).try_for_each(|name| self.add_file(&folder.join(name), depth))
    }

    /// All values of a key, in the order of the files.
    fn all(&self, way: &[&str]) -> Vec<&str> {
        let said = self.0.iter().filter(|(at, _)| at.iter().eq(way));
        said.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a key of `[libdefaults]`: the first that is said counts.
    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.all(&["libdefaults", key]).first().copied()
    }

    /// The realm that a host is said to belong to: by its own name, else by the nearest domain around it.
    pub(super) fn realm_of(&self, host: &str) -> Option<&str> {
        let mut name = host;
        loop {
            if let Some(realm) = self.all(&["domain_realm", name]).first() {
                return Some(realm);
            }
            name = match name.strip_prefix('.') {
                Some(domain) => domain,
                None => name.get(name.find('.')?..)?,
            };
        }
    }

    /// Those who answer for a realm, in their order. Some are said in a way that is not done here: proxies over HTTPS.
    pub(super) fn kdcs(&self, realm: &str) -> Vec<Kdc> {
        self.all(&["realms", realm, "kdc"]).into_iter().filter_map(kdc).collect()
    }
}

/// `host`, `host:port`, `[address]:port`, with `tcp/` or `udp/` before it, of which both mean TCP here.
fn kdc(text: &str) -> Option<Kdc> {
    let text = text.split_whitespace().next()?;
    let text = text.strip_prefix("tcp/").or(text.strip_prefix("udp/")).unwrap_or(text);
    if text.contains('/') {
        return None;
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = port.strip_prefix(':').map_or(Ok(88), str::parse).ok()?;
    (!host.is_empty()).then(|| Kdc { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# what is there
[libdefaults]
\tdefault_realm = EXAMPLE.ORG
\tdefault_realm = LATER.ORG
    default_ccache_name = \"FILE:/run/%{uid}\"
[realms]
EXAMPLE.ORG = {
   kdc = one.example.org
   kdc = tcp/two.example.org:750
   kdc = [2001:db8::1]:88
   kdc = https://proxy.example.org/KdcProxy
   v4_instance_convert =
   {
      x = y
   }
   kdc = 192.0.2.1:1024 ; more
}
[domain_realm]*
; comment
 .example.org = EXAMPLE.ORG
 odd.example.org = ODD.ORG
 example.net = NET.ORG
";

    fn config(text: &str) -> Result<Config> {
        let mut config = Config::default();
        config.add(text, 0).map(|()| config)
    }

    #[test]
    fn the_first_value_counts() {
        let config = config(TEXT).unwrap();
        assert_eq!(config.setting("default_realm"), Some("EXAMPLE.ORG"));
        assert_eq!(config.setting("default_ccache_name"), Some("FILE:/run/%{uid}"));
        assert_eq!(config.setting("kdc"), None);
    }

    #[test]
    fn a_hosts_realm_is_that_of_the_nearest_domain() {
        let config = config(TEXT).unwrap();
        let realms = [
            ("a.example.org", Some("EXAMPLE.ORG")),
            ("a.b.example.org", Some("EXAMPLE.ORG")),
            ("odd.example.org", Some("ODD.ORG")),
            ("example.org", None),
            ("a.example.net", Some("NET.ORG")),
            ("example.net", Some("NET.ORG")),
            ("example.com", None),
            ("localhost", None),
        ];
        for (host, realm) in realms {
            assert_eq!(config.realm_of(host), realm, "{host}");
        }
    }

    #[test]
    fn those_who_answer_for_a_realm_keep_their_order() {
        let kdcs = config(TEXT).unwrap().kdcs("EXAMPLE.ORG");
        let said: Vec<_> = kdcs.iter().map(|kdc| (kdc.host.as_str(), kdc.port)).collect();
        let meant =
            [("one.example.org", 88), ("two.example.org", 750), ("2001:db8::1", 88), ("192.0.2.1", 1024)];
        assert_eq!(said, meant);
        assert_eq!(config(TEXT).unwrap().kdcs("OTHER.ORG"), []);
    }

    #[test]
    fn a_kdc_without_a_host_is_none() {
        let said = config("[realms]\nR = {\nkdc = :88\nkdc = tcp/\nkdc = []:750\nkdc = a\n}\n").unwrap();
        assert_eq!(said.kdcs("R"), [Kdc { host: "a".to_owned(), port: 88 }]);
    }

    #[test]
    fn files_are_included_and_never_without_end() {
        let name = format!("virtwire-krb5-{}-{:?}", std::process::id(), std::thread::current().id());
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(folder.join("more")).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        write("main", &format!("includedir {}\ninclude\t{}\n", path("more"), path("last")));
        write("more/b.conf", "[libdefaults]\ndefault_realm = B.ORG\n");
        write("more/a", "[libdefaults]\ndefault_realm = A.ORG\n");
        write("more/a.conf.old", "[libdefaults]\ndefault_realm = OLD.ORG\n");
        write("last", "[libdefaults]\ndefault_ccache_name = X\n");
        write("loop", &format!("include {}\n", path("loop")));
        let mut config = Config::default();
        config.add_file(&folder.join("main"), 0).unwrap();
        assert_eq!(config.all(&["libdefaults", "default_realm"]), ["A.ORG", "B.ORG"]);
        assert_eq!(config.setting("default_ccache_name"), Some("X"));
        assert!(Config::default().add_file(&folder.join("loop"), 0).is_err());
        assert!(Config::default().add_file(&folder.join("more"), 0).is_err());
        assert!(Config::default().add_file(&folder.join("absent"), 0).is_ok());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, line) in [
            ("x = y", 1),
            ("[a", 1),
            ("[a]\n\n}", 3),
            ("[a]\nx", 2),
            ("[a]\nx = y\n{", 3),
            ("[a]\nb = {\n}\n}\n", 4),
        ] {
            let error = config(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("line {line}: ")), "{text}: {error}");
        }
    }
}
