//! What `--help` says, apart from the options.
#![allow(dead_code, reason = "a build that lacks a command needs no help on it")]

mod render;

pub(crate) use self::render::{of_command, of_program};

/// What the program is, in a line.
pub(crate) const ABOUT: &str = "The libvirt client that needs no libvirt";

/// How the program is called.
pub(crate) const USAGE: &str = "virtwire [OPTIONS] COMMAND [...]";

/// The commands, in groups, each as it may be typed behind the program's name.
pub(crate) const COMMANDS: &str = "\
See networks:
  net-list --all                            list networks
  net-info default                          tell all about a network
  net-dumpxml default --inactive            print a network's XML
  net-dhcp-leases default                   who has which address
  net-port-list default                     attached guest interfaces
  net-port-dumpxml default UUID             the XML of a port
  net-name 7d0c71ee-...                     UUID to name
  net-uuid default                          name to UUID
  net-event --event lifecycle --loop        tell what happens to them

Change networks:
  net-start default                         start a defined network
  net-create lab.xml                        start one without storing it
  net-define lab.xml --validate             store one without starting it
  net-edit default                          its stored XML in an editor
  net-destroy default                       stop a network
  net-undefine lab                          forget its stored definition
  net-autostart default --disable           start it with the host, or not
  net-update default add ip-dhcp-host FILE  one part of it
  net-desc default --title 'For tests'      its description or title
  net-metadata default urn:example          what programs wrote about it
  net-port-create default port.xml          attach a guest interface
  net-port-delete default UUID              detach a guest interface

Switch networks, as a state: looked at before and afterwards, with the command
that undoes it:
  net-disable default --dry-run             off, now and after a reboot
  net-enable default --no-autostart         on, now and with the host

Look at this host: what networks consist of there, what is missing, what was
left behind:
  net-inspect default                       bridge, dnsmasq, rules, ...
  net-cleanup --apply                       remove what was left behind
  report -o report.html                     a page of one host or many

This program:
  version                                   its version, and the server's
  completions bash                          for bash, zsh and fish
  man net-disable                           a manual page

Options stand before the command. Without --connect, the hypervisor is that of
VIRSH_DEFAULT_CONNECT_URI, of LIBVIRT_DEFAULT_URI, or of uri_default in
libvirt.conf; else qemu:///system for root, and qemu:///session, a daemon of
your own, for others. test:///default needs no libvirt, and is a new one for
every command.
A network is given by name or UUID. 'virtwire COMMAND --help' tells more.

Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 unreachable, 5 denied,
6 refused, 7 not as wanted, or left behind, 8 outcome unknown.";

pub(crate) const NET_LIST: &str = "\
Example: virtwire net-list --all
         virtwire -q net-list --all --autostart --name";
pub(crate) const NET_INFO: &str = "Example: virtwire net-info default";
pub(crate) const NET_DUMPXML: &str = "\
Example: virtwire net-dumpxml default --inactive > default.xml
         virtwire net-dumpxml default --xpath //dhcp/range/@start";
pub(crate) const NET_NAME: &str = "Example: virtwire net-name 7d0c71ee-2a8a-4e5c-9d8e-3f4d1c6a5b20";
pub(crate) const NET_UUID: &str = "Example: virtwire net-uuid default";
pub(crate) const NET_EVENT_USAGE: &str = "\
[OPTIONS] --event lifecycle|metadata-change [NETWORK]
       virtwire net-event --list";
pub(crate) const NET_EVENT: &str = "\
One event, or with --loop all until Ctrl-C. Exit code 1: none came. libvirt
tells nothing of autostart, and of metadata since 9.7.0. --reconnect tries for
five minutes; what happened meanwhile is to be looked at again.
Example: virtwire net-event --event lifecycle --loop --timestamp
         virtwire -o json net-event --event lifecycle --timeout 60 default";
pub(crate) const NET_START: &str = "Example: virtwire net-start default";
pub(crate) const NET_CREATE: &str = "\
Such a network is transient: it vanishes when it is destroyed.
Example: virtwire net-create lab.xml";
pub(crate) const NET_UPDATE: &str = "\
The network needs no restart. Without --live, --config and --current, what runs
is changed, or else what is stored: both are changed by '--live --config'.
Example: virtwire net-update default add ip-dhcp-host --live --config \\
             \"<host mac='52:54:00:00:00:01' ip='192.168.122.10'/>\"";
pub(crate) const NET_DESC: &str = "\
An empty TEXT removes what there is. Changes need libvirt 9.7.0.
Example: virtwire net-desc default --title --config \"For tests\"";
pub(crate) const NET_METADATA: &str = "\
The element is given without its namespace, which libvirt adds. Changes need
libvirt 9.7.0.
Example: virtwire net-metadata default urn:example
         virtwire net-metadata default urn:example --key ex --set '<owner/>'";
pub(crate) const NET_DHCP_LEASES: &str = "Example: virtwire net-dhcp-leases default --mac 52:54:00:00:00:01";
pub(crate) const NET_PORT_LIST: &str = "Example: virtwire net-port-list default";
pub(crate) const NET_PORT_CREATE: &str = "\
libvirt does this for every guest that it starts; by hand it is good for tests.
Example: virtwire net-port-create default port.xml";
pub(crate) const NET_PORT_DUMPXML: &str = "\
Example: virtwire net-port-dumpxml default 1b7f5f0c-6a86-4e64-8e15-0f4a0a3c1d11
         virtwire net-port-dumpxml default UUID --xpath //owner/name";
pub(crate) const NET_PORT_DELETE: &str = "\
The guest's interface is cut off.
Example: virtwire net-port-delete default 1b7f5f0c-6a86-4e64-8e15-0f4a0a3c1d11";
pub(crate) const NET_DEFINE: &str = "Example: virtwire net-define lab.xml --validate";
pub(crate) const NET_EDIT: &str = "\
What runs goes on as it was: a change counts from the next start on. The editor
is that of VISUAL, else of EDITOR, else vi. What libvirt's schema does not allow
is refused, since libvirt would drop it silently.
Example: EDITOR=nano virtwire net-edit default";
pub(crate) const NET_DESTROY: &str = "\
A transient network vanishes with it. Otherwise its definition stays, and
'net-start' brings it back.
Example: virtwire net-destroy default";
pub(crate) const NET_UNDEFINE: &str = "\
One that runs goes on running, and vanishes when it is destroyed.
Example: virtwire net-undefine lab";
pub(crate) const VERSION: &str = "\
The program's own lines are printed also where no server answers.
Example: virtwire -c qemu:///system version";
pub(crate) const COMPLETIONS: &str = "\
The names of networks come from the server that the line names, asked read-only.
Example: source <(virtwire completions bash)      in ~/.bashrc
         source <(virtwire completions zsh)       in ~/.zshrc, after compinit
         virtwire completions fish | source       in ~/.config/fish/config.fish";
pub(crate) const MAN: &str = "\
Example: virtwire man net-disable | man -l -
         virtwire man --save-to /usr/local/share/man/man1";
pub(crate) const LOOK: &str = "\
Answers each line of JSON on standard input by one on standard output; changes
nothing. A virtwire that reached this host's daemon over ssh runs it.
Example: ssh cmp17 virtwire look";
pub(crate) const TESTD: &str = "\
Example: virtwire testd --listen unix:/tmp/testd.sock
         virsh -c 'test+unix:///default?socket=/tmp/testd.sock' net-list --all";
pub(crate) const NET_DISABLE: &str = "\
Nothing is changed while guests are attached, or where a transient network
would vanish, unless told otherwise. What is so already is left alone. The last
line is the command that restores what was before.
Example: virtwire net-disable default --dry-run
         virtwire net-disable default --missing-ok";
pub(crate) const NET_ENABLE: &str = "\
What is so already is left alone. The last line is the command that restores
what was before.
Example: virtwire net-enable default
         virtwire net-enable default --no-autostart";
pub(crate) const NET_INSPECT: &str = "\
Nothing is changed. Exit code 7: a network lacks something, or something was
left behind. Run it as root on the daemon's own host to see everything. With
--offline no socket is opened: that might start a daemon and its networks.
Example: virtwire net-inspect
         virtwire net-inspect default --expect disabled
         virtwire -o mermaid net-inspect default
         virtwire -o prometheus net-inspect > FILE.$$; mv FILE.$$ FILE.prom
         (a collector that reads FILE.prom meanwhile finds it whole)";
pub(crate) const NET_CLEANUP: &str = "\
Without --apply it only shows the commands. Networks that run are left alone,
and so is what is not libvirt's. Each item is looked at again before it is
removed.
Example: virtwire net-cleanup
         virtwire net-cleanup default --apply";
pub(crate) const REPORT: &str = "\
The page holds all that was found and needs nothing else: it can be mailed, or
put into a ticket. It asks the hosts of --hosts or -c, else this one, or shows
what net-inspect wrote before: of each host the latest. Exit code 0: the page
was written, whatever it says.
Example: virtwire --send-self report --hosts hosts.txt -o report.html
         virtwire --hosts hosts.txt -o jsonl net-inspect > monday.jsonl
         virtwire report monday.jsonl tuesday.jsonl -o report.html";
pub(crate) const NET_AUTOSTART: &str = "\
Example: virtwire net-autostart default
         virtwire net-autostart default --disable";
