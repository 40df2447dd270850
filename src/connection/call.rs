//! Calls: a question is encoded, sent and answered. What is typed is thin; the rest knows bytes only, and is compiled once
//! for all procedures.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use virtwire_protocol::Call;
use virtwire_protocol::frame::{Frame, Status, TooLarge};
use virtwire_protocol::procedure::{Kind, ProcedureInfo};
use virtwire_protocol::session::{self, Outgoing, ReplyError};
use virtwire_protocol::xdr::{self, Reader, Xdr};

use super::driver::Errand;
use super::wire::{Patience, Question};
use super::{Boxed, Connection};
use crate::error::{Error, Result};
use crate::trace;

/// A call as bytes, where these are not too many.
type Encoded = std::result::Result<Outgoing, TooLarge>;

/// A call under way: one kind of future for all procedures with the same kind of reply.
struct Calling<'a, R> {
    /// What comes is the payload of a reply that says it went well.
    asked: Boxed<'a, Bytes>,
    info: &'static ProcedureInfo,
    decode: fn(&mut Reader<'_>) -> std::result::Result<R, xdr::Error>,
}

impl<R> Future for Calling<'_, R> {
    type Output = Result<R>;

    // Apart from who waits, it is the same code for many kinds of replies: one of it is linked.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let payload = ready!(self.asked.as_mut().poll(context))?;
        let value = session::read(&payload, self.decode, self.info.kind == Kind::Change);
        Poll::Ready(value.map_err(|error| unusable(error, false, self.info)))
    }
}

impl Connection {
    /// Calls any declared procedure. The deadline is that of its kind: query or change.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Closed`](crate::ErrorKind::Closed) or
    /// [`Protocol`](crate::ErrorKind::Protocol) where a query was not answered, or a change was never sent;
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where a change was sent and not answered;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the server is older than the procedure;
    /// any other of libvirt's own errors as the server sent it.
    pub fn call<C: Call>(&self, call: &C) -> impl Future<Output = Result<C::Reply>> + Send + use<'_, C> {
        Calling { asked: self.ask(Outgoing::new(call), C::INFO), info: C::INFO, decode: C::Reply::decode }
    }

    /// Calls any declared procedure with a deadline of the caller's own.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub fn call_within<C: Call>(
        &self,
        call: &C,
        within: Duration,
    ) -> impl Future<Output = Result<C::Reply>> + Send + use<'_, C> {
        self.call_for(call, within, None)
    }

    /// A call whose reply may be for more than its caller.
    pub(super) fn call_for<C: Call>(
        &self,
        call: &C,
        within: Duration,
        errand: Option<Errand>,
    ) -> impl Future<Output = Result<C::Reply>> + Send + use<'_, C> {
        let asked = self.ask_within(Outgoing::new(call), C::INFO, within, errand);
        Calling { asked, info: C::INFO, decode: C::Reply::decode }
    }

    /// The answer to a question, with the deadline of its kind; "unknown procedure" is explained.
    fn ask(&self, question: Encoded, info: &'static ProcedureInfo) -> Boxed<'_, Bytes> {
        let within = match info.kind {
            Kind::Change => self.inner.timeouts.change,
            Kind::Query | Kind::Event => self.inner.timeouts.query,
        };
        Box::pin(async move {
            match self.ask_within(question, info, within, None).await {
                Err(error) if error.is_rpc() => Err(self.explained(error, info).await),
                outcome => outcome,
            }
        })
    }

    /// The answer to a question, unless it is an error.
    fn ask_within(
        &self,
        question: Encoded,
        info: &'static ProcedureInfo,
        within: Duration,
        errand: Option<Errand>,
    ) -> Boxed<'_, Bytes> {
        Box::pin(async move {
            let outgoing = question.map_err(|error| Error::invalid(error.to_string()))?;
            let size = outgoing.size();
            let question = Question { outgoing, errand };
            let frame = trace::call(info, size, self.exchange(question, info, within)).await?;
            match session::payload(&frame) {
                Ok(_) => Ok(frame.payload),
                Err(error) => Err(unusable(error, frame.header.status == Status::Error, info)),
            }
        })
    }

    /// Sends one call and awaits its reply: the layer that knows bytes only.
    pub(super) async fn exchange(
        &self,
        question: Question,
        info: &ProcedureInfo,
        within: Duration,
    ) -> Result<Frame> {
        let patience = Patience::new(within);
        if let Some(following) = self.inner.following {
            return following.exchange(self, question, info, patience).await;
        }
        let answered = self.inner.wire()?.exchange(question, info, patience).await;
        answered.map_err(|unanswered| unanswered.into_error(info))
    }

    /// "Unknown procedure" by a server that is older than the procedure is said so.
    async fn explained(&self, error: Error, info: &ProcedureInfo) -> Error {
        match self.lib_version().await {
            Ok(version) if version < info.since => Error::unsupported(format!(
                "{} needs libvirt {} or newer; the server is {version}",
                info.name, info.since
            )),
            _ => error,
        }
    }
}

/// Why a reply has no value. Of a change, an answer that cannot be read says nothing, unless it says that there was an
/// error; nor does one that only tells of a lost daemon behind this one.
fn unusable(error: ReplyError, says_error: bool, info: &ProcedureInfo) -> Error {
    let error = Error::reply(info.name, error);
    if info.kind == Kind::Change && (!says_error || error.is_others_loss()) {
        error.leaves_unknown(info.name)
    } else {
        error
    }
}
