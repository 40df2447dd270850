//! `report`: what was seen of a network on many hosts, as one page for a browser. It looks at hosts as net-inspect does, or
//! reads what net-inspect wrote; what of it can run is this program's own script, and nothing that a host said.

mod file;
mod host;
mod read;
mod sentence;
mod steps;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;

use self::host::{Host, State};
use super::args::{Arguments, Format, PageOf as Args};
use super::failure::{Failure, Kind};
use super::hosts::{self, Targets};
use super::output::document::{Document, Outcome};
use super::output::{Printer, shown_path, to_stderr};
use super::report::time::Time;
use super::report::{PageWritten, Report};
use super::status::Status;

/// What the page holds, as its script reads it.
#[derive(Serialize)]
struct Page<'a> {
    /// The network that the page is about; null for all.
    network: Option<&'a str>,
    made: Time,
    hosts: &'a [Host],
}

/// Gathers, writes the page, and says in a sentence what is on it.
pub(super) async fn run(arguments: &Rc<Arguments>, args: &Args) -> Status {
    let printer = Printer::new(&arguments.globals);
    let documents = match gathered(arguments, args).await {
        Ok(documents) => documents,
        Err(failure) => return printer.refuse(failure),
    };
    let hosts = Host::all(documents, args.about());
    let outcome = match written(args, &hosts) {
        Ok(report) if args.output.as_os_str() == "-" => {
            to_stderr(&report.sentence);
            return Status::Done;
        }
        Ok(report) => Report::PageWritten(report).into(),
        Err(failure) => Outcome::from(failure),
    };
    let mut document = Document { command: Some("report".to_owned()), ..Document::own(outcome) };
    printer.print(&mut document, &arguments.view())
}

async fn gathered(arguments: &Rc<Arguments>, args: &Args) -> Result<Vec<Document>, Failure> {
    if args.output.as_os_str() == "-" && arguments.globals.output != Format::Table {
        return Err(Failure::new(Kind::Usage, "the page and JSON cannot both go to standard output"));
    }
    if !args.results.is_empty() {
        let is_asked_too = arguments.hosts().is_some() || arguments.globals.uris().next().is_some();
        if is_asked_too {
            return Err(Failure::new(Kind::Usage, "results are read or hosts are asked: not both"));
        }
        return read::all(&args.results);
    }
    let targets = Targets::of(arguments)?;
    let mut documents = hosts::all(arguments, &targets).await;
    for document in &mut documents {
        // They are what net-inspect would have said, and can be read again.
        document.command = Some("net-inspect".to_owned());
    }
    Ok(documents)
}

fn written(args: &Args, hosts: &[Host]) -> Result<PageWritten, Failure> {
    let mut states: BTreeMap<State, usize> = BTreeMap::new();
    for host in hosts {
        *states.entry(host.state).or_default() += 1;
    }
    let sentence = sentence::first(&states, args.about());
    let page = Page { network: args.about(), made: Time::now(), hosts };
    let html = html(&page, &sentence, &sentence::rest(&states));
    let inputs = args.results.iter().chain(&args.hosts);
    file::write(&args.output, inputs, html.as_bytes())?;
    let states = states.into_iter().map(|(state, count)| (state.word().to_owned(), count)).collect();
    Ok(PageWritten { page: shown_path(&args.output), hosts: hosts.len(), states, sentence })
}

const TEMPLATE: &str = include_str!("page.html");

/// The template's marks, each with what stands in its place.
fn html(page: &Page<'_>, sentence: &str, rest: &str) -> String {
    let data = serde_json::to_string(page).unwrap_or_default();
    let parts = [
        ("{style}", include_str!("page.css").to_owned()),
        ("{script}", include_str!("page.js").to_owned()),
        ("{title}", text(sentence)),
        ("{sentence}", text(sentence)),
        ("{rest}", text(rest)),
        ("{made}", page.made.minute()),
        ("{data}", inert(&data)),
    ];
    let mut html = String::with_capacity(TEMPLATE.len() + data.len());
    let mut left = TEMPLATE;
    // In the order in which the template has them: what was put in is not looked at again.
    while let Some((at, mark, part)) = next_mark(left, &parts) {
        html.push_str(left.get(..at).unwrap_or_default());
        html.push_str(part);
        left = left.get(at + mark.len()..).unwrap_or_default();
    }
    html + left
}

fn next_mark<'a>(left: &str, parts: &'a [(&str, String)]) -> Option<(usize, &'a str, &'a str)> {
    let found = parts.iter().filter_map(|(mark, part)| Some((left.find(mark)?, *mark, part.as_str())));
    found.min_by_key(|(at, ..)| *at)
}

/// Text between tags.
fn text(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON inside of an element `script`: no `<` can end it, and nothing in it ends a line for a script.
fn inert(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_control() || matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
            inert.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            inert.push(c);
        }
    }
    inert
}

#[cfg(test)]
mod tests {
    use super::{inert, text};

    #[test]
    fn text_from_hosts_is_no_markup() {
        assert_eq!(text("a<b>&\"'"), "a&lt;b&gt;&amp;\"'");
        let json = serde_json::to_string("</script><!--\u{2028}\u{7f}&é\"").unwrap_or_default();
        assert_eq!(inert(&json), r#""\u003c/script\u003e\u003c!--\u2028\u007f\u0026é\"""#);
        assert_eq!(
            serde_json::from_str::<String>(&inert(&json)).ok().as_deref(),
            Some("</script><!--\u{2028}\u{7f}&é\"")
        );
    }
}
