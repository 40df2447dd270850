//! How a type outside becomes one here: a table of its methods' signatures.

use std::sync::Arc;

use virtwire_protocol::Version;
use virtwire_protocol::remote::{Parameter, Text};

use super::runtime::Runtime;
use crate::network::{Network, Networks};
use crate::{DhcpLeases, DomainState};

/// What a value of type `T` is here, where whatever it refers to waits by `runtime`.
pub(super) trait Blocking<T> {
    fn over(value: T, runtime: &Arc<Runtime>) -> Self;
}

macro_rules! same {
    ($($type:ty)*) => {$(
        impl Blocking<$type> for $type {
            fn over(value: $type, _: &Arc<Runtime>) -> $type {
                value
            }
        }
    )*};
}

same! { () bool Text Version Parameter DhcpLeases DomainState }

impl<A, B: Blocking<A>> Blocking<Vec<A>> for Vec<B> {
    fn over(values: Vec<A>, runtime: &Arc<Runtime>) -> Self {
        values.into_iter().map(|value| B::over(value, runtime)).collect()
    }
}

impl<B: Blocking<Network>> Blocking<Networks> for Vec<B> {
    fn over(networks: Networks, runtime: &Arc<Runtime>) -> Self {
        networks.iter().map(|network| B::over(network, runtime)).collect()
    }
}

impl<A, B: Blocking<A>, E> Blocking<Result<A, E>> for Result<B, E> {
    fn over(outcome: Result<A, E>, runtime: &Arc<Runtime>) -> Self {
        outcome.map(|value| B::over(value, runtime))
    }
}

/// Declares a type over one outside. `get` precedes a method that returns at once there, too, and `wait` an async one.
macro_rules! facade {
    (
        $(#[$meta:meta])* $Name:ident over $Async:ty:
        $(get fn $known:ident(&self) -> $is:ty;)*
        $(wait fn $asked:ident(&self $(, $argument:ident: $type:ty)* $(,)?) -> $answer:ty;)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $Name {
            inner: $Async,
            runtime: std::sync::Arc<$crate::blocking::runtime::Runtime>,
        }

        impl $crate::blocking::facade::Blocking<$Async> for $Name {
            fn over(inner: $Async, runtime: &std::sync::Arc<$crate::blocking::runtime::Runtime>) -> Self {
                Self { inner, runtime: std::sync::Arc::clone(runtime) }
            }
        }

        impl $Name {
            $(
                #[doc = concat!("As [`", stringify!($known), "`](", stringify!($Async), "::", stringify!($known), ").")]
                #[must_use]
                pub fn $known(&self) -> $is {
                    self.inner.$known()
                }
            )*
            $(
                #[doc = concat!(
                    "As [`", stringify!($asked), "`](", stringify!($Async), "::", stringify!($asked), "), awaited."
                )]
                pub fn $asked(&self $(, $argument: $type)*) -> $answer {
                    let answer = self.runtime.wait(self.inner.$asked($($argument),*));
                    $crate::blocking::facade::Blocking::over(answer, &self.runtime)
                }
            )*
        }
    };
}

pub(super) use facade;
