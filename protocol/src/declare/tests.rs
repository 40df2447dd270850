//! A program that does not exist, for the kinds of rows that no family declares yet.

use crate::procedure::{Call, Carries, Event, Kind, Procedure, Program, Visitor};
use crate::xdr::{Schema, Text, Xdr, from_bytes, to_bytes};

static PROGRAM: Program = Program { name: "test", number: 7, version: 1, families: &[TABLE] };

procedures! { PROGRAM, "test":
    change 1 volume_upload VolumeUpload since "1.2.3" with Upload { r#type: Text<8>, }
        -> VolumeUploadReply { offset: u64 };
    query  2 volume_download VolumeDownload since "10.20.30" with Download { flags: u32 };
    change 63 open_files OpenFiles since "0.3.0" with Descriptors {};
    event 64 file_closed FileClosed since "0.3.0" {};
    event 65 file_named FileNamed since "0.3.0" { name: Option<Text<8>> };
}

fn is_call<T: Call<Reply = R>, R: Xdr>() {}
fn is_event<T: Event>() {}

#[test]
fn a_row_says_what_goes_beside_its_payload() {
    assert_eq!(VolumeUpload::INFO.carries, Carries::Upload);
    assert_eq!(VolumeDownload::INFO.carries, Carries::Download);
    assert_eq!(OpenFiles::INFO.carries, Carries::Descriptors);
    assert_eq!(FileClosed::INFO.carries, Carries::Nothing);
}

#[test]
fn a_row_has_its_number_its_name_its_kind_and_its_version() {
    let rows: Vec<_> = PROGRAM.procedures().collect();
    let shown: Vec<_> = rows.iter().map(|row| (row.number, row.name, row.kind, row.since.0)).collect();
    let expected = [
        (1, "volume_upload", Kind::Change, 1_002_003),
        (2, "volume_download", Kind::Query, 10_020_030),
        (63, "open_files", Kind::Change, 3_000),
        (64, "file_closed", Kind::Event, 3_000),
        (65, "file_named", Kind::Event, 3_000),
    ];
    assert_eq!(shown, expected);
    assert_eq!(PROGRAM.procedure(63).map(|row| row.name), Some("open_files"));
    assert!(PROGRAM.procedure(3).is_none());
}

#[test]
fn a_row_makes_a_call_with_its_reply_or_an_event() {
    is_call::<VolumeUpload, VolumeUploadReply>();
    is_call::<VolumeDownload, ()>();
    is_call::<OpenFiles, ()>();
    is_event::<FileClosed>();
    is_event::<FileNamed>();
}

#[derive(Default)]
struct Shown {
    calls: Vec<&'static str>,
    events: Vec<&'static str>,
}

impl Visitor for Shown {
    fn call<C: Call>(&mut self) {
        self.calls.push(C::INFO.name);
    }

    fn event<E: Event>(&mut self) {
        self.events.push(E::INFO.name);
    }
}

#[test]
fn a_visitor_is_shown_each_row_as_what_it_is() {
    let mut shown = Shown::default();
    visit(&mut shown);
    assert_eq!(shown.calls, ["volume_upload", "volume_download", "open_files"]);
    assert_eq!(shown.events, ["file_closed", "file_named"]);
}

#[test]
fn an_empty_row_has_no_bytes_and_a_void_schema() {
    assert_eq!(OpenFiles::ROW.arguments, Schema::Void);
    assert_eq!(OpenFiles::ROW.reply, Schema::Void);
    assert_eq!(OpenFiles::MIN_SIZE, 0);
    assert!(to_bytes(&OpenFiles {}).is_empty());
    assert_eq!(from_bytes(&bytes::Bytes::new()), Ok(FileClosed {}));
}

#[test]
fn fields_and_structures_bear_libvirts_names() {
    let names = |schema: Schema| match schema {
        Schema::Struct(declared) => (declared.name, declared.fields.iter().map(|field| field.name).collect()),
        other => panic!("not a structure: {other:?}"),
    };
    assert_eq!(names(VolumeUpload::ROW.arguments), ("test_volume_upload_args", vec!["type"]));
    assert_eq!(names(VolumeUpload::ROW.reply), ("test_volume_upload_ret", vec!["offset"]));
    assert_eq!(names(FileNamed::ROW.arguments), ("test_file_named_msg", vec!["name"]));
}

#[test]
fn a_number_that_is_declared_twice_is_found() {
    static TWICE: Program = Program { name: "test", number: 7, version: 1, families: &[TABLE, TABLE] };
    assert!(PROGRAM.numbers_are_unique());
    assert!(!TWICE.numbers_are_unique());
}
