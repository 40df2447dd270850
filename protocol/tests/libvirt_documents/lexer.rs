//! Splits a document of the RPC language (RFC 4506, section 6) into tokens.
//!
//! Lines that begin with `%` are meant for a C compiler and are dropped, and so are comments, but for the notes in
//! them: lines such as `@readstream: 1`, which libvirt's documents put before a procedure.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// Decimal or hexadecimal.
    Number(i64),
    /// One character of punctuation.
    Symbol(char),
    /// `@key: value`.
    Note(String, String),
}

/// The tokens of `text`, or what is wrong with it.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line_begins = true;
    while let Some(first) = rest.chars().next() {
        if line_begins && first == '%' {
            rest = rest.split_once('\n').map_or("", |(_, tail)| tail);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let (comment, tail) = comment.split_once("*/").ok_or("a comment does not end")?;
            tokens.extend(comment.lines().filter_map(note));
            rest = tail;
            line_begins = false;
        } else if first.is_whitespace() {
            line_begins = first == '\n';
            rest = &rest[first.len_utf8()..];
        } else {
            let (token, tail) = token(rest)?;
            tokens.push(token);
            rest = tail;
            line_begins = false;
        }
    }
    Ok(tokens)
}

fn note(line: &str) -> Option<Token> {
    let note = line.trim_start_matches([' ', '*']).strip_prefix('@')?;
    let (key, value) = note.split_once(':')?;
    Some(Token::Note(key.trim().into(), value.trim().into()))
}

fn token(text: &str) -> Result<(Token, &str), String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (word, tail) = text.split_at(end);
    match word.chars().next() {
        Some('0'..='9') => Ok((Token::Number(number(word)?), tail)),
        Some(_) => Ok((Token::Word(word.into()), tail)),
        None => {
            let mut chars = tail.chars();
            let symbol = chars
                .next()
                .filter(|symbol| "=;:,*{}()<>[]".contains(*symbol))
                .ok_or_else(|| format!("unexpected text {:?}", tail.lines().next()))?;
            Ok((Token::Symbol(symbol), chars.as_str()))
        }
    }
}

fn number(text: &str) -> Result<i64, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|error| format!("{text}: {error}"))
}

#[test]
fn words_numbers_and_symbols_are_told_apart() {
    let word = |text: &str| Token::Word(text.into());
    assert_eq!(
        tokens("const A_1 = 0x1F;\n x y<12>").unwrap(),
        [
            word("const"),
            word("A_1"),
            Token::Symbol('='),
            Token::Number(31),
            Token::Symbol(';'),
            word("x"),
            word("y"),
            Token::Symbol('<'),
            Token::Number(12),
            Token::Symbol('>'),
        ]
    );
}

#[test]
fn lines_for_a_compiler_and_comments_are_dropped() {
    let text = "%#include <a.h>\na /* b % \n @ c */ d\n%#define e\nf\n%last";
    let words = ["a", "d", "f"].map(|word| Token::Word(word.into()));
    assert_eq!(tokens(text).unwrap(), words);
}

#[test]
fn notes_are_kept_but_not_the_prose_about_them() {
    let text = "/**\n * - @about: prose\n * @generate: both\n * @acl: domain:read:FLAG\n */";
    let note = |key: &str, value: &str| Token::Note(key.into(), value.into());
    assert_eq!(tokens(text).unwrap(), [note("generate", "both"), note("acl", "domain:read:FLAG")]);
}

#[test]
fn what_is_not_of_the_language_is_an_error() {
    assert_eq!(tokens("/* open").unwrap_err(), "a comment does not end");
    assert_eq!(tokens("a ? b").unwrap_err(), "unexpected text Some(\"? b\")");
    assert_eq!(tokens("12monkeys").unwrap_err(), "12monkeys: invalid digit found in string");
}
