//! How options are declared: as rows, which the parser, the help and the reader of words all look at. It knows none of
//! them by itself.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, ValueHint};

use super::seconds;

/// An option of a command, or a word of data, as it is declared.
pub(crate) struct Opt {
    /// Its name; what has none is data, and known by its place.
    pub(crate) long: &'static str,
    /// Its letter.
    pub(crate) short: Option<char>,
    /// Another letter that it has.
    pub(crate) other_short: Option<char>,
    /// Another name that it has, if any.
    pub(crate) other_long: &'static str,
    /// What stands for its value in help.
    pub(crate) value: &'static str,
    /// What it is for, each line as the source has it: behind a blank.
    pub(crate) help: &'static str,
    /// Whether help leaves it out.
    pub(crate) is_hidden: bool,
    pub(crate) kind: Kind,
    pub(crate) form: &'static Form,
    /// Those that exclude it. One that is required is not, where one of these is given.
    pub(crate) excludes: &'static [&'static str],
    /// What shells complete.
    #[cfg_attr(not(feature = "completions"), allow(dead_code, reason = "nothing else asks for it"))]
    pub(crate) hint: ValueHint,
}

/// How often an option is given, and with what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Without a value.
    Flag,
    /// Once, with a value.
    One,
    /// The same, and it has to be given.
    Required,
    /// As often as one likes, each time with a value.
    Several,
    /// Without a value: the command is not done, this is told.
    Help,
    Version,
}

/// What a value may be.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Any,
    Text,
    /// Anything but nothing.
    Path,
    /// What this says nothing against.
    Checked(fn(&str) -> Result<(), String>),
    /// One of these words; behind each, what it means.
    OneOf(&'static [(&'static str, &'static str)]),
}

/// A row of what is declared.
pub(crate) enum Row {
    One(Opt),
    /// Those of a struct within.
    All(&'static [Row]),
}

/// What is read from the options that it declares.
pub(crate) trait Options: Sized {
    /// In the order in which help shows them.
    const ROWS: &'static [Row];

    fn read(matches: &ArgMatches) -> Self;
}

impl Opt {
    /// What an option is like by the type of its field.
    pub(crate) const fn of<T: Value>() -> Self {
        Self { kind: T::KIND, form: T::FORM, ..Self::PLAIN }
    }

    pub(crate) const PLAIN: Self = Self {
        long: "",
        short: None,
        other_short: None,
        other_long: "",
        value: "",
        help: "",
        is_hidden: false,
        kind: Kind::Flag,
        form: &Form::Any,
        excludes: &[],
        hint: ValueHint::Unknown,
    };

    pub(crate) fn takes_value(&self) -> bool {
        matches!(self.kind, Kind::One | Kind::Required | Kind::Several)
    }

    /// What messages and matches know it by.
    pub(crate) fn id(&self) -> &'static str {
        if self.is_data() { self.value } else { self.long }
    }

    pub(crate) fn is_data(&self) -> bool {
        self.long.is_empty()
    }

    /// Whether this is its name, or another one of it.
    pub(crate) fn is_called(&self, long: &str) -> bool {
        !long.is_empty() && (self.long == long || self.other_long == long)
    }

    /// What it is for, line by line.
    pub(crate) fn help(&self) -> impl Iterator<Item = &'static str> {
        self.help.lines().map(str::trim_ascii_start)
    }
}

impl Row {
    /// The options of these rows, in order.
    pub(crate) fn options(rows: &'static [Self]) -> Vec<&'static Opt> {
        let mut options = Vec::new();
        Self::add(rows, &mut options);
        options
    }

    fn add(rows: &'static [Self], options: &mut Vec<&'static Opt>) {
        for row in rows {
            match row {
                Self::One(option) => options.push(option),
                Self::All(rows) => Self::add(rows, options),
            }
        }
    }
}

/// What a field holds.
pub(crate) trait Value: Sized {
    const KIND: Kind;
    const FORM: &'static Form;

    fn read(matches: &ArgMatches, id: &str) -> Self;
}

impl Value for bool {
    const KIND: Kind = Kind::Flag;
    const FORM: &'static Form = &Form::Any;

    fn read(matches: &ArgMatches, id: &str) -> Self {
        matches.value_source(id) == Some(ValueSource::CommandLine)
    }
}

impl<T: Given> Value for Option<T> {
    const KIND: Kind = Kind::One;
    const FORM: &'static Form = T::FORM;

    fn read(matches: &ArgMatches, id: &str) -> Self {
        matches.get_raw(id)?.next().and_then(T::given)
    }
}

impl<T: Given> Value for Vec<T> {
    const KIND: Kind = Kind::Several;
    const FORM: &'static Form = T::FORM;

    fn read(matches: &ArgMatches, id: &str) -> Self {
        matches.get_raw(id).into_iter().flatten().filter_map(T::given).collect()
    }
}

impl<T: Given + Default> Value for T {
    const KIND: Kind = Kind::Required;
    const FORM: &'static Form = T::FORM;

    fn read(matches: &ArgMatches, id: &str) -> Self {
        Option::read(matches, id).unwrap_or_default()
    }
}

/// What one value is read as.
pub(crate) trait Given: Sized {
    const FORM: &'static Form;

    /// Nothing where it has not this form: the parser has refused that.
    fn given(text: &OsStr) -> Option<Self>;
}

impl Given for String {
    const FORM: &'static Form = &Form::Text;

    fn given(text: &OsStr) -> Option<Self> {
        text.to_str().map(str::to_owned)
    }
}

impl Given for OsString {
    const FORM: &'static Form = &Form::Any;

    fn given(text: &OsStr) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Given for PathBuf {
    const FORM: &'static Form = &Form::Path;

    fn given(text: &OsStr) -> Option<Self> {
        Some(text.into())
    }
}

impl Given for Duration {
    const FORM: &'static Form = &Form::Checked(|text| seconds::some(text).map(drop));

    fn given(text: &OsStr) -> Option<Self> {
        seconds::or_none(text.to_str()?).ok()
    }
}

impl Given for u32 {
    const FORM: &'static Form = &Form::Checked(|text| {
        let number: i64 = text.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
        Self::try_from(number).map(drop).map_err(|_| format!("{number} is not in 0..={}", Self::MAX))
    });

    fn given(text: &OsStr) -> Option<Self> {
        text.to_str()?.parse().ok()
    }
}

/// Declares a struct of options: each field says by which words it is given, its name first, or is such a struct itself.
/// What the field is for is what help says.
macro_rules! options {
    ($(
        $(#[$about:meta])*
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $help:literal])*
                $(#[cfg($cfg:meta)])?
                $field_vis:vis $field:ident: $type:ty $({ $key:ident: $id:literal $($given:tt)* })?
            ),* $(,)?
        }
    )*) => { $(
        $(#[$about])*
        #[derive(Debug)]
        #[allow(dead_code, reason = "what this build leaves out is refused or passed over")]
        $vis struct $name {
            $(
                $(#[doc = $help])*
                $(#[cfg($cfg)])?
                $field_vis $field: $type,
            )*
        }

        impl $crate::cli::args::option::Options for $name {
            const ROWS: &'static [$crate::cli::args::option::Row] = &[$(
                $(#[cfg($cfg)])?
                options!(@row $type, concat!($($help, "\n"),*) $(, { $key: $id $($given)* })?)
            ),*];

            fn read(matches: &clap::ArgMatches) -> Self {
                Self { $(
                    $(#[cfg($cfg)])?
                    $field: options!(@read $type, matches $(, $id)?),
                )* }
            }
        }
    )* };
    (@row $type:ty, $help:expr, { $($given:tt)* }) => {
        $crate::cli::args::option::Row::One($crate::cli::args::option::Opt {
            help: $help,
            $($given)*,
            ..$crate::cli::args::option::Opt::of::<$type>()
        })
    };
    (@row $type:ty, $help:expr) => {
        $crate::cli::args::option::Row::All(<$type as $crate::cli::args::option::Options>::ROWS)
    };
    (@read $type:ty, $matches:expr, $id:literal) => {
        <$type as $crate::cli::args::option::Value>::read($matches, $id)
    };
    (@read $type:ty, $matches:expr) => {
        <$type as $crate::cli::args::option::Options>::read($matches)
    };
}

/// Declares what is given as one of a few words, with what each means; the first is meant where none is given.
macro_rules! choice {
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident {
            $(#[doc = $first_help:literal])?
            $first:ident = $first_text:literal,
            $(
                $(#[doc = $help:literal])?
                $word:ident = $text:literal,
            )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        $vis enum $name {
            $(#[doc = $first_help])?
            #[default]
            $first,
            $( $(#[doc = $help])? $word, )*
        }

        impl $crate::cli::args::option::Given for $name {
            const FORM: &'static $crate::cli::args::option::Form = &$crate::cli::args::option::Form::OneOf(&[
                ($first_text, concat!($($first_help)?)),
                $(($text, concat!($($help)?))),*
            ]);

            fn given(text: &std::ffi::OsStr) -> Option<Self> {
                let words = [($first_text, Self::$first), $(($text, Self::$word)),*];
                words.into_iter().find(|(word, _)| text == *word).map(|(_, given)| given)
            }
        }
    };
}

pub(crate) use {choice, options};
