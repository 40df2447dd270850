//! A parsed document: the constants and types that it defines, and the parser of the RPC language (RFC 4506,
//! section 6, as far as libvirt's documents use it).

use std::collections::BTreeMap;

use crate::lexer::{Token, tokens};

/// Every definition of one or more documents, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) constants: BTreeMap<String, i64>,
    pub types: BTreeMap<String, Definition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    Alias(Declaration),
    Struct(Vec<Declaration>),
    Enum(Vec<Value>),
    Union(Vec<Arm>),
}

/// `base name`, `base *name`, `base name[n]` or `base name<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub name: String,
    pub base: String,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    Optional,
    Exactly(usize),
    AtMost(usize),
}

/// One value of an enumeration, with the notes before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub name: String,
    pub number: i64,
    pub notes: Vec<(String, String)>,
}

/// One arm of a union: the constant that selects it, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arm {
    pub selector: String,
    pub number: i64,
    pub holds: Declaration,
}

impl Document {
    /// Adds the numbers that a C header defines: `#define NAME (256 + 1)`, `NAME = 3,` and `NAME = 1 << 4`. All else
    /// in it is ignored.
    pub(crate) fn add_header(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim_start_matches(['#', ' ']);
            let (name, value) = match line.strip_prefix("define ") {
                Some(definition) => definition.split_once(' ').unwrap_or_default(),
                None => line.split_once('=').unwrap_or_default(),
            };
            let value = value.split([',', '/']).next().unwrap_or_default();
            if let Some(number) = sum(value.trim().trim_matches(['(', ')'])) {
                self.constants.insert(name.trim().into(), number);
            }
        }
    }

    /// Adds the definitions of a document of the RPC language.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let tokens = tokens(text)?;
        let mut parser = Parser { rest: &tokens, document: self };
        while !parser.rest.is_empty() {
            let definition = parser.definition();
            definition.map_err(|error| format!("{error}, before {:?}", parser.rest.get(..4)))?;
        }
        Ok(())
    }
}

/// The value of `256 + 1` or `1 << 4`.
fn sum(text: &str) -> Option<i64> {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    let terms = text.split('+').map(|term| match term.split_once("<<") {
        Some((bits, by)) => Some(number(bits)? << number(by)?),
        None => number(term),
    });
    terms.sum()
}

struct Parser<'a> {
    rest: &'a [Token],
    document: &'a mut Document,
}

impl Parser<'_> {
    fn definition(&mut self) -> Result<(), String> {
        let (name, definition) = match self.word()?.as_str() {
            "const" => {
                let (name, number) = self.assignment()?;
                self.symbol(';')?;
                return self.constant(&name, number);
            }
            "typedef" => {
                let alias = self.declaration()?;
                (alias.name.clone(), Definition::Alias(alias))
            }
            "struct" => (self.word()?, Definition::Struct(self.block(Self::declaration)?)),
            "enum" => (self.word()?, self.enumeration()?),
            "union" => (self.word()?, self.union()?),
            other => return Err(format!("unexpected word {other}")),
        };
        self.accept(';');
        match self.document.types.insert(name.clone(), definition) {
            Some(_) => Err(format!("{name} is defined twice")),
            None => Ok(()),
        }
    }

    fn constant(&mut self, name: &str, number: i64) -> Result<(), String> {
        match self.document.constants.insert(name.to_owned(), number) {
            Some(_) => Err(format!("{name} is defined twice")),
            None => Ok(()),
        }
    }

    fn enumeration(&mut self) -> Result<Definition, String> {
        let values = self.block(|parser| {
            let notes = parser.notes();
            let (name, number) = parser.assignment()?;
            parser.accept(',');
            parser.constant(&name, number)?;
            Ok(Value { name, number, notes })
        })?;
        Ok(Definition::Enum(values))
    }

    fn union(&mut self) -> Result<Definition, String> {
        self.keyword("switch")?;
        self.symbol('(')?;
        self.keyword("int")?;
        self.word()?;
        self.symbol(')')?;
        let arms = self.block(|parser| {
            parser.keyword("case")?;
            let selector = parser.word()?;
            parser.symbol(':')?;
            let number = parser.lookup(&selector)?;
            let holds = parser.declaration()?;
            Ok(Arm { selector, number, holds })
        })?;
        Ok(Definition::Union(arms))
    }

    fn block<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.symbol('{')?;
        let mut items = Vec::new();
        while !self.accept('}') {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn declaration(&mut self) -> Result<Declaration, String> {
        let mut base = self.word()?;
        if base == "unsigned" {
            // A lone `unsigned` is followed by the name, and means `unsigned int`.
            let sized = matches!(self.rest, [Token::Word(_), Token::Word(_), ..]);
            base = format!("unsigned {}", if sized { self.word()? } else { "int".into() });
        }
        let optional = self.accept('*');
        let name = self.word()?;
        let shape = if optional {
            Shape::Optional
        } else if self.accept('[') {
            Shape::Exactly(self.limit(']')?)
        } else if self.accept('<') {
            Shape::AtMost(self.limit('>')?)
        } else {
            Shape::One
        };
        self.symbol(';')?;
        Ok(Declaration { name, base, shape })
    }

    fn limit(&mut self, close: char) -> Result<usize, String> {
        let number = self.number()?;
        self.symbol(close)?;
        usize::try_from(number).map_err(|error| format!("{number}: {error}"))
    }

    fn assignment(&mut self) -> Result<(String, i64), String> {
        let name = self.word()?;
        self.symbol('=')?;
        Ok((name, self.number()?))
    }

    /// A number, or the name of one.
    fn number(&mut self) -> Result<i64, String> {
        match self.next()? {
            Token::Number(number) => Ok(*number),
            Token::Word(name) => self.lookup(name),
            other => Err(format!("wanted a number, found {other:?}")),
        }
    }

    fn lookup(&self, name: &str) -> Result<i64, String> {
        let number = self.document.constants.get(name).copied();
        number.ok_or_else(|| format!("{name} is not defined"))
    }

    fn notes(&mut self) -> Vec<(String, String)> {
        let mut notes = Vec::new();
        while let [Token::Note(key, value), tail @ ..] = self.rest {
            notes.push((key.clone(), value.clone()));
            self.rest = tail;
        }
        notes
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), String> {
        match self.word()? {
            word if word == keyword => Ok(()),
            other => Err(format!("wanted {keyword}, found {other}")),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.next()? {
            Token::Word(word) => Ok(word.clone()),
            other => Err(format!("wanted a word, found {other:?}")),
        }
    }

    fn symbol(&mut self, symbol: char) -> Result<(), String> {
        match self.next()? {
            Token::Symbol(found) if *found == symbol => Ok(()),
            other => Err(format!("wanted {symbol}, found {other:?}")),
        }
    }

    fn accept(&mut self, symbol: char) -> bool {
        let accepted = self.rest.first() == Some(&Token::Symbol(symbol));
        if accepted {
            self.rest = &self.rest[1..];
        }
        accepted
    }
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Result<&'a Token, String> {
        let (first, tail) = self.rest.split_first().ok_or("the document ends too early")?;
        self.rest = tail;
        Ok(first)
    }
}

#[cfg(test)]
fn parsed(text: &str) -> Result<Document, String> {
    let mut document = Document::default();
    document.add(text)?;
    Ok(document)
}

#[cfg(test)]
fn declared(base: &str, name: &str, shape: Shape) -> Declaration {
    Declaration { name: name.into(), base: base.into(), shape }
}

#[test]
fn every_shape_of_declaration_is_read() {
    let text =
        "const MAX = 9; struct s { int a; unsigned b; unsigned hyper c; t *d; opaque e[4]; char f<MAX>; };";
    let fields = vec![
        declared("int", "a", Shape::One),
        declared("unsigned int", "b", Shape::One),
        declared("unsigned hyper", "c", Shape::One),
        declared("t", "d", Shape::Optional),
        declared("opaque", "e", Shape::Exactly(4)),
        declared("char", "f", Shape::AtMost(9)),
    ];
    assert_eq!(parsed(text).unwrap().types["s"], Definition::Struct(fields));
}

#[test]
fn aliases_unions_and_enumerations_with_their_notes_are_read() {
    let text = "typedef string name<7>; enum e { /** @acl: a:b\n * @generate: both */ ONE = 1, TWO = 2 };
        union u switch (int kind) { case ONE: int i; case TWO: name s; };";
    let types = parsed(text).unwrap().types;
    assert_eq!(types["name"], Definition::Alias(declared("string", "name", Shape::AtMost(7))));
    let note = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let value = |name: &str, number, notes| Value { name: name.into(), number, notes };
    let notes = vec![note("acl", "a:b"), note("generate", "both")];
    let values = vec![value("ONE", 1, notes), value("TWO", 2, vec![])];
    assert_eq!(types["e"], Definition::Enum(values));
    let arm = |selector: &str, number, holds| Arm { selector: selector.into(), number, holds };
    let arms = vec![
        arm("ONE", 1, declared("int", "i", Shape::One)),
        arm("TWO", 2, declared("name", "s", Shape::One)),
    ];
    assert_eq!(types["u"], Definition::Union(arms));
}

#[test]
fn constants_may_come_from_a_header_and_name_each_other() {
    let mut document = Document::default();
    document.add_header("# define LENGTH (256 + 1)\n    KIND_INT = 1, /* why */\n#define OTHER(x) y\nFLAG = (1 << 5), /* why */\nLAST\n");
    document.add("const SHORT = 0x10; const LONG = LENGTH;").unwrap();
    let constants = ["FLAG", "KIND_INT", "LENGTH", "LONG", "SHORT"].map(|name| document.constants[name]);
    assert_eq!(constants, [32, 1, 257, 257, 16]);
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_left_out() {
    for (text, error) in [
        ("struct s { int a }", "wanted ;, found Symbol('}')"),
        ("struct s { int a<MAX>; };", "MAX is not defined"),
        ("struct s { int a;", "the document ends too early"),
        ("const A = 1; const A = 2;", "A is defined twice"),
        ("struct s { int a; }; struct s { int a; };", "s is defined twice"),
        ("union u switch (int k) { case A: int i; };", "A is not defined"),
        ("program p { }", "unexpected word program"),
    ] {
        let found = parsed(text).unwrap_err();
        assert!(found.starts_with(error), "{text}: {found}");
    }
}
