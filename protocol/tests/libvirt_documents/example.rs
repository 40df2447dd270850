//! The comparison tried on a program that does not exist, so that each way to be wrong can be shown to be noticed.

use virtwire_protocol::Version;
use virtwire_protocol::procedure::{Carries, Kind, ProcedureInfo, Program, Row};
use virtwire_protocol::xdr::{Arm, EnumSchema, Field, Schema, StructSchema, UnionSchema};

use crate::comparison::differences;
use crate::document::Document;

const DOCUMENT: &str = "
    const SHOP_NAME_MAX = 40;
    const SHOP_PRICE_COINS = 1;
    const SHOP_PRICE_WORDS = 2;
    typedef string shop_name<SHOP_NAME_MAX>;
    typedef shop_name *shop_opt_name;
    typedef opaque shop_key[16];
    struct shop_item { shop_name name; shop_key key; };
    typedef shop_item *shop_opt_item;
    enum shop_colour { SHOP_COLOUR_RED = 0, SHOP_COLOUR_DARK_BLUE = 1 };
    union shop_price switch (int kind) {
        case SHOP_PRICE_COINS: unsigned hyper coins;
        case SHOP_PRICE_WORDS: shop_name words;
    };
    struct shop_item_find_args { shop_opt_name ownerName; unsigned flags; };
    struct shop_item_find_ret {
        shop_item items<9>; shop_colour colours<3>; shop_opt_item best; shop_price type; char data<64>;
    };
    struct shop_item_sold_msg { int callbackID; shop_item item; };
    const SHOP_PROGRAM = 0x42;
    const SHOP_PROTOCOL_VERSION = 3;
    enum shop_procedure {
        /** @acl: shop:read */
        SHOP_PROC_ITEM_FIND = 1,
        /** @readstream: 1 */
        SHOP_PROC_ITEM_FETCH = 2,
        SHOP_PROC_ITEM_SOLD = 3
    };";

macro_rules! structure {
    ($name:literal: $($field:literal $schema:expr),*) => {
        Schema::Struct(&StructSchema {
            name: $name,
            fields: &[$(Field { name: $field, schema: $schema }),*],
        })
    };
}

const NAME: Schema = Schema::Text(40);
const ITEM: Schema = structure!("shop_item": "name" NAME, "key" Schema::FixedOpaque(16));
const COLOUR: Schema =
    Schema::Enum(&EnumSchema { name: "shop_colour", values: &[("Red", 0), ("DarkBlue", 1)] });
const PRICE: Schema = Schema::Union(&UnionSchema {
    name: "shop_price",
    arms: &[
        Arm { name: "Coins", discriminant: 1, schema: Schema::UHyper },
        Arm { name: "Words", discriminant: 2, schema: NAME },
    ],
});
const FIND: Schema =
    structure!("shop_item_find_args": "owner_name" Schema::Optional(&NAME), "flags" Schema::UInt);
const FOUND: Schema = structure!("shop_item_find_ret":
    "items" Schema::List(&ITEM, 9), "colours" Schema::List(&COLOUR, 3), "best" Schema::Optional(&ITEM),
    "type" PRICE, "data" Schema::Secret(&Schema::Chars(64)));
const SOLD: Schema = structure!("shop_item_sold_msg": "callback_id" Schema::Int, "item" ITEM);

const FETCH_ROW: Row = Row {
    info: ProcedureInfo {
        number: 2,
        name: "item_fetch",
        kind: Kind::Query,
        carries: Carries::Download,
        since: Version(9_000_000),
    },
    arguments: Schema::Void,
    reply: Schema::Void,
};
const FIND_ROW: Row = Row {
    info: ProcedureInfo { number: 1, name: "item_find", carries: Carries::Nothing, ..FETCH_ROW.info },
    arguments: FIND,
    reply: FOUND,
};
const SOLD_ROW: Row = Row {
    info: ProcedureInfo {
        number: 3,
        name: "item_sold",
        kind: Kind::Event,
        carries: Carries::Nothing,
        ..FETCH_ROW.info
    },
    arguments: SOLD,
    ..FETCH_ROW
};

static PROGRAM: Program =
    Program { name: "shop", number: 0x42, version: 3, families: &[&[FIND_ROW, FETCH_ROW], &[SOLD_ROW]] };

fn compared(document: &str, version: Version) -> Vec<String> {
    let mut parsed = Document::default();
    parsed.add(document).unwrap();
    differences(&PROGRAM, &parsed, version)
}

#[test]
fn rows_that_are_as_the_document_has_them_differ_in_nothing() {
    assert_eq!(compared(DOCUMENT, Version(9_000_000)), [""; 0]);
}

#[test]
fn each_kind_of_mistake_is_noticed_and_named() {
    for (right, wrong, noticed) in [
        ("ITEM_FIND = 1", "ITEM_FIND = 4", "item_find: number: libvirt has 4, we have 1"),
        ("PROC_ITEM_FIND", "PROC_ITEM_SEEK", "item_find: libvirt has no such procedure"),
        ("shop:read", "shop:write", "item_find: permission of a query: libvirt has reading, we have write"),
        (
            "@readstream",
            "@writestream",
            "item_fetch: stream: libvirt has to the server, we have to the client",
        ),
        ("/** @readstream: 1 */", "", "item_fetch: stream: libvirt has none, we have to the client"),
        ("0x42", "0x43", "SHOP_PROGRAM: libvirt has Some(67), we have 66"),
        ("VERSION = 3", "VERSION = 1", "SHOP_PROTOCOL_VERSION: libvirt has Some(1), we have 3"),
        ("item_sold_msg", "item_sold_args", "item_sold: event: libvirt has false, we have true"),
        (
            "int callbackID;",
            "int cookie;",
            "shop_item_sold_msg: libvirt's field is cookie, ours is callback_id",
        ),
        (
            "int callbackID;",
            "unsigned callbackID;",
            "shop_item_sold_msg.callback_id: libvirt has UInt, we have Int",
        ),
        ("type;", "tpe;", "shop_item_find_ret: libvirt's field is tpe, ours is type"),
        ("colours<3>", "colours<4>", "shop_item_find_ret.colours: libvirt has List("),
        ("data<64>", "data<65>", "shop_item_find_ret.data: libvirt has Chars(65), we have Chars(64)"),
        ("char data", "opaque data", "shop_item_find_ret.data: libvirt has Opaque(64), we have Chars(64)"),
        (
            "NAME_MAX = 40",
            "NAME_MAX = 41",
            "shop_item_find_args.owner_name?: libvirt has Text(41), we have Text(40)",
        ),
        (
            "shop_opt_name ownerName",
            "shop_name ownerName",
            "shop_item_find_args.owner_name: libvirt has Text(40)",
        ),
        ("shop_item *", "shop_item ", "shop_item_find_ret.best: libvirt has Struct("),
        ("shop_key[16]", "shop_key[15]", "shop_item_find_ret.items[].key: libvirt has FixedOpaque(15)"),
        ("unsigned hyper coins", "hyper coins", "shop_item_find_ret.type: libvirt has Union("),
        ("PRICE_WORDS = 2", "PRICE_WORDS = 3", "shop_item_find_ret.type: libvirt has Union("),
        ("DARK_BLUE = 1", "DARK_BLUE = 2", "shop_item_find_ret.colours[]: libvirt has Enum("),
        ("_DARK_BLUE", "_PALE_BLUE", "shop_item_find_ret.colours[]: libvirt has Enum("),
        ("unsigned flags; ", "", "shop_item_find_args: libvirt has Struct("),
        ("unsigned flags; ", "unsigned flags; int more; ", "shop_item_find_args: libvirt has Struct("),
        ("shop_item_find_args", "shop_find_args", "shop_item_find_args: libvirt has Void, we have Struct("),
        (
            "struct shop_item_sold",
            "struct shop_item_fetch_ret { int n; }; struct shop_item_sold",
            "shop_item_fetch_ret: libvirt has Struct(\"shop_item_fetch_ret\", [(\"n\", Int)]), we have Void",
        ),
    ] {
        assert!(DOCUMENT.contains(right), "{right} is not in the document");
        let found = compared(&DOCUMENT.replace(right, wrong), Version(9_000_000));
        let is_noticed = found.iter().any(|difference| difference.starts_with(noticed));
        assert!(is_noticed, "{right} -> {wrong}: {found:#?}");
    }
}

#[test]
fn fields_in_another_order_are_noticed() {
    let swapped = DOCUMENT.replace("shop_name name; shop_key key;", "shop_key key; shop_name name;");
    let found = compared(&swapped, Version(9_000_000));
    let expected = "shop_item_find_ret.items[]: libvirt's field is key, ours is name";
    assert_eq!(found.first().map(String::as_str), Some(expected));
}

#[test]
fn a_row_younger_than_the_document_must_be_missing_from_it() {
    let found = compared(DOCUMENT, Version(8_999_000));
    let rows = ["item_find", "item_fetch", "item_sold"];
    assert_eq!(found, rows.map(|row| format!("{row}: not since 9.0.0, but before")));
    let older = DOCUMENT.replace("PROC_ITEM", "PROC_OTHER");
    assert_eq!(compared(&older, Version(8_999_000)), [""; 0]);
}
