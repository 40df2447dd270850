//! What one client sends: calls that are well formed, some with arguments that mean something, and whatever else.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use virtwire::protocol::frame::{self, Header, MessageType, Status};
use virtwire::protocol::keepalive;
use virtwire::protocol::procedure::{Call, Event, Procedure, Row, Visitor};
use virtwire::protocol::remote::auth::AuthList;
use virtwire::protocol::remote::connect::ConnectOpen;
use virtwire::protocol::remote::{self, Text};
use virtwire::protocol::xdr;

use crate::filled::{Decisions, fill};

/// The most that one client sends.
const MOST: usize = 256 * 1024;

/// What a hypervisor knows, and what it makes of texts.
const WORDS: &[&str] = &[
    "net0",
    "net1",
    "a",
    "test:///default",
    "<network><name>a</name></network>",
    "<network><name>a</name><uuid>01010101-0101-0101-0101-010101010101</uuid><bridge name='virbr9'/></network>",
    "<network><name>net0</name><ip address='10.0.0.1' netmask='255.255.255.0'><dhcp><range start='10.0.0.2' \
     end='10.0.0.9'/></dhcp></ip></network>",
    "<network><name>net1</name><forward mode='nat' dev='lo'/><dns><host ip='10.0.0.3'><hostname>h</hostname></host></dns>\
     <portgroup name='p' default='yes'/></network>",
    "<networkport><owner><name>g</name><uuid>02020202-0202-0202-0202-020202020202</uuid></owner>\
     <mac address='52:54:00:01:02:03'/></networkport>",
    "<host mac='52:54:00:00:00:01' name='h' ip='10.0.0.5'/>",
    "<range start='10.0.0.20' end='10.0.0.30'/>",
    "<portgroup name='q'/>",
    "<txt name='t' value='v'/>",
    "<m/>",
    "urn:m",
    "52:54:00:01:02:03",
];

pub(crate) struct Client {
    pub(crate) sent: Vec<u8>,
    /// Bytes sent at once, and bytes that either side may be ahead.
    pub(crate) piece: usize,
    pub(crate) room: usize,
    /// How long it reads nothing.
    pub(crate) deaf_for: Duration,
    /// Whether it stays a while when all is said.
    pub(crate) lingers: bool,
    /// Program, procedure and serial of each call.
    pub(crate) calls: Vec<(u32, i32, u32)>,
    /// Whether it sends nothing but frames.
    pub(crate) is_well_formed: bool,
}

impl Client {
    pub(crate) fn decided_by(decisions: &mut Decisions) -> Self {
        let flags = decisions.byte();
        let mut client = Self {
            sent: Vec::new(),
            piece: usize::from(decisions.byte()) * 16 + 1,
            room: if flags & 1 == 0 { 64 * 1024 } else { usize::from(decisions.byte()) + 1 },
            deaf_for: if flags & 2 == 0 { Duration::ZERO } else { decisions.time() },
            lingers: flags & 4 != 0,
            calls: Vec::new(),
            is_well_formed: true,
        };
        if flags & 8 == 0 {
            client.open(u32::from(flags & 16 != 0));
        }
        while !decisions.are_over() && client.sent.len() < MOST {
            client.go_on(decisions);
        }
        client
    }

    fn open(&mut self, flags: u32) {
        self.frame(&header(AuthList::INFO.number), &xdr::to_bytes(&AuthList {}));
        let name = Some(Text::from_static("test:///default"));
        self.frame(&header(ConnectOpen::INFO.number), &xdr::to_bytes(&ConnectOpen { name, flags }));
    }

    fn go_on(&mut self, decisions: &mut Decisions) {
        let rows: Vec<&Row> = remote::PROGRAM.procedures().collect();
        let mut header = header(0);
        let mut body = Vec::new();
        match decisions.byte() % 16 {
            0 => {
                let count = decisions.byte().into();
                self.sent.extend_from_slice(decisions.some(count));
                self.is_well_formed = false;
                return;
            }
            1 => {
                let mut ping = BytesMut::new();
                keepalive::write_ping(&mut ping);
                return self.sent.extend_from_slice(&ping);
            }
            2 => {
                header = Header {
                    prog: if decisions.flag() { header.prog } else { decisions.u32() },
                    vers: decisions.byte().into(),
                    proc: decisions.u16().into(),
                    r#type: i32::from(decisions.byte()).into(),
                    serial: decisions.byte().into(),
                    status: i32::from(decisions.byte()).into(),
                };
                let count = decisions.byte().into();
                body.extend_from_slice(decisions.some(count));
                // How many descriptors come with these stands before their payload.
                self.is_well_formed &= !matches!(
                    header.r#type,
                    MessageType::CallWithDescriptors | MessageType::ReplyWithDescriptors
                );
            }
            how => {
                let Some(row) = decisions.one_of(&rows) else { return };
                header.proc = row.number;
                fill(&row.arguments, WORDS, decisions, &mut body);
                if how == 3 {
                    body.truncate(decisions.u16().into());
                }
            }
        }
        self.frame(&header, &body);
    }

    fn frame(&mut self, header: &Header, body: &[u8]) {
        let serial = u32::try_from(self.calls.len()).unwrap_or_default();
        let header = Header { serial, ..header.clone() };
        let mut out = BytesMut::new();
        if frame::write_with(&header, &mut out, |out| out.put_slice(body)).is_ok() {
            self.sent.extend_from_slice(&out);
            self.calls.push((header.prog, header.proc, serial));
        }
    }

    /// Whether what it heard may be cut.
    pub(crate) fn was_cut(&self) -> bool {
        !self.is_well_formed || !self.deaf_for.is_zero() || self.room < 64 * 1024
    }

    /// Asserts that a reply to this procedure is what its row declares.
    pub(crate) fn declared(&self, procedure: i32, payload: &Bytes) {
        let mut replies = Replies { procedure, payload, is_declared: None };
        remote::visit(&mut replies);
        assert_eq!(replies.is_declared, Some(true), "the reply to procedure {procedure}");
    }
}

fn header(procedure: i32) -> Header {
    Header {
        prog: remote::PROGRAM.number,
        vers: remote::PROGRAM.version,
        proc: procedure,
        r#type: MessageType::Call,
        serial: 0,
        status: Status::Ok,
    }
}

struct Replies<'a> {
    procedure: i32,
    payload: &'a Bytes,
    is_declared: Option<bool>,
}

impl Visitor for Replies<'_> {
    fn call<C: Call>(&mut self) {
        if C::INFO.number == self.procedure {
            let reply = xdr::from_bytes::<C::Reply>(self.payload);
            self.is_declared = Some(reply.is_ok_and(|reply| xdr::to_bytes(&reply) == self.payload));
        }
    }

    fn event<E: Event>(&mut self) {}
}
