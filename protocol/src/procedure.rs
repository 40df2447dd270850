//! What a program, a procedure, a call and an event are: the traits that the tables of rows implement.

use std::fmt;
use std::ops::Deref;

use crate::version::Version;
use crate::xdr::{Schema, Xdr};

/// A program: a numbered table of procedures, in families.
#[derive(Debug)]
pub struct Program {
    /// libvirt's name, such as `remote`; its structures' names begin with it.
    pub name: &'static str,
    /// The number that frames carry.
    pub number: u32,
    /// The version that frames carry.
    pub version: u32,
    /// The tables, one a family.
    pub families: &'static [&'static [Row]],
}

impl Program {
    /// Every declared procedure.
    pub fn procedures(&self) -> impl Iterator<Item = &'static Row> {
        self.families.iter().copied().flatten()
    }

    /// The procedure of this number, where it is declared.
    #[must_use]
    pub fn procedure(&self, number: i32) -> Option<&'static Row> {
        self.procedures().find(|procedure| procedure.number == number)
    }

    /// The newest libvirt of which a procedure is declared.
    #[must_use]
    pub const fn newest(&self) -> Version {
        let mut newest = Version(0);
        let mut families = self.families;
        while let [family, others @ ..] = families {
            let mut rows = *family;
            while let [row, behind @ ..] = rows {
                if row.info.since.0 > newest.0 {
                    newest = row.info.since;
                }
                rows = behind;
            }
            families = others;
        }
        newest
    }

    /// Whether no number is declared twice: asserted when a program is compiled.
    #[expect(
        clippy::indexing_slicing,
        reason = "iterators are not const; an index out of bounds would not compile"
    )]
    pub(crate) const fn numbers_are_unique(&self) -> bool {
        let mut seen = [0_u64; 32];
        let mut family = 0;
        while family < self.families.len() {
            let mut row = 0;
            while row < self.families[family].len() {
                let number = self.families[family][row].info.number.unsigned_abs();
                let bit = 1 << (number % 64);
                let word = &mut seen[(number / 64) as usize];
                if *word & bit != 0 {
                    return false;
                }
                *word |= bit;
                row += 1;
            }
            family += 1;
        }
        true
    }
}

/// One row of a table, without its types: what a trace, a fuzzer or a comparison with libvirt's documents reads.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What a caller needs to know, too.
    pub info: ProcedureInfo,
    /// The arguments of a call, or the body of an event.
    pub arguments: Schema,
    /// The reply; [`Schema::Void`] for an event.
    pub reply: Schema,
}

impl Deref for Row {
    type Target = ProcedureInfo;

    fn deref(&self) -> &ProcedureInfo {
        &self.info
    }
}

/// What a procedure is, without its types. Those are not named here, so that a program which only makes calls is linked
/// without any description of what they hold.
#[derive(Clone, Copy, Debug)]
pub struct ProcedureInfo {
    /// The number that frames carry.
    pub number: i32,
    /// libvirt's name, such as `network_lookup_by_name`.
    pub name: &'static str,
    /// Whether it asks, changes or tells.
    pub kind: Kind,
    /// What goes with the frame, beside its payload.
    pub carries: Carries,
    /// The first libvirt that answers it.
    pub since: Version,
}

/// Whether a procedure may be repeated without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A call that changes nothing on the host.
    Query,
    /// A call that changes something: one that was sent and not answered has an unknown outcome.
    Change,
    /// A message from the server that nobody asked for.
    Event,
}

/// What goes with a procedure's frame, beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// Nothing.
    Nothing,
    /// The caller sends a stream after the reply.
    Upload,
    /// The server sends a stream after the reply.
    Download,
    /// File descriptors, on a unix socket.
    Descriptors,
}

/// What every declared body is: arguments, replies and events. With the feature `arbitrary`, fuzzers make them.
#[cfg(not(feature = "arbitrary"))]
pub trait Body: Xdr + Clone + fmt::Debug + PartialEq {}

#[cfg(not(feature = "arbitrary"))]
impl<T: Xdr + Clone + fmt::Debug + PartialEq> Body for T {}

/// What every declared body is: arguments, replies and events. With the feature `arbitrary`, fuzzers make them.
#[cfg(feature = "arbitrary")]
pub trait Body: Xdr + Clone + fmt::Debug + PartialEq + for<'a> arbitrary::Arbitrary<'a> {}

#[cfg(feature = "arbitrary")]
impl<T: Xdr + Clone + fmt::Debug + PartialEq + for<'a> arbitrary::Arbitrary<'a>> Body for T {}

/// Is shown the procedures of a program one by one, with their types: for what is done with all of them, such as
/// checks and fuzzing.
pub trait Visitor {
    /// Here is a procedure that a client calls.
    fn call<C: Call>(&mut self);

    /// Here is a message that a server sends unasked.
    fn event<E: Event>(&mut self);
}

/// The arguments of one call or the body of one event: the type *is* the procedure.
pub trait Procedure: Body {
    /// The program it belongs to.
    const PROGRAM: &'static Program;
    /// What it is.
    const INFO: &'static ProcedureInfo;
    /// Its row.
    const ROW: &'static Row;
}

/// A procedure that a client calls and a server answers.
pub trait Call: Procedure {
    /// What the server answers; `()` where that is nothing.
    type Reply: Body;
}

/// A message that a server sends unasked.
pub trait Event: Procedure {}
