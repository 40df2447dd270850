//! Small changes to a document, each of which the comparison must notice: proof that it cannot pass by not looking.

use std::collections::BTreeSet;

use crate::document::{Declaration, Definition, Document, Shape};

/// The names of the types that `roots` are made of, with the roots themselves, as far as they are defined.
pub(crate) fn reachable(roots: impl IntoIterator<Item = String>, document: &Document) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<String> = roots.into_iter().collect();
    while let Some(name) = ahead.pop() {
        let Some(definition) = document.types.get(&name) else {
            continue;
        };
        if reached.insert(name) {
            ahead.extend(bases(definition));
        }
    }
    reached
}

fn bases(definition: &Definition) -> Vec<String> {
    match definition {
        Definition::Alias(alias) => vec![alias.base.clone()],
        Definition::Struct(fields) => fields.iter().map(|field| field.base.clone()).collect(),
        Definition::Union(arms) => arms.iter().map(|arm| arm.holds.base.clone()).collect(),
        Definition::Enum(_) => Vec::new(),
    }
}

/// Every small change to one definition.
pub(crate) fn mutations(definition: &Definition) -> Vec<Definition> {
    match definition {
        Definition::Alias(alias) => retyped(alias).map(Definition::Alias).into(),
        Definition::Struct(fields) => {
            let changed = each(fields, |field| {
                let name = format!("{}_other", field.name);
                let renamed = Declaration { name, ..field.clone() };
                [vec![renamed], retyped(field).to_vec()].concat()
            });
            let swaps = (1..fields.len()).map(|at| {
                let mut fields = fields.clone();
                fields.swap(at - 1, at);
                fields
            });
            changed.into_iter().chain(swaps).map(Definition::Struct).collect()
        }
        Definition::Enum(values) => {
            let changed = each(values, |value| {
                let mut changed = value.clone();
                changed.number += 1_000;
                vec![changed]
            });
            changed.into_iter().map(Definition::Enum).collect()
        }
        Definition::Union(arms) => {
            let changed = each(arms, |arm| {
                let mut renumbered = arm.clone();
                renumbered.number += 1_000;
                let retyped = retyped(&arm.holds).map(|holds| {
                    let mut arm = arm.clone();
                    arm.holds = holds;
                    arm
                });
                [vec![renumbered], retyped.to_vec()].concat()
            });
            changed.into_iter().map(Definition::Union).collect()
        }
    }
}

/// The list without each item, and with each item changed in each way.
fn each<T: Clone>(items: &[T], change: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut lists = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut without = items.to_vec();
        without.remove(at);
        lists.push(without);
        for changed in change(item) {
            let mut items = items.to_vec();
            items[at] = changed;
            lists.push(items);
        }
    }
    lists
}

fn retyped(declaration: &Declaration) -> [Declaration; 2] {
    let base = if declaration.base == "int" { "hyper" } else { "int" };
    let shape = match declaration.shape {
        Shape::One => Shape::Optional,
        Shape::Optional => Shape::One,
        Shape::Exactly(length) => Shape::Exactly(length + 1),
        Shape::AtMost(limit) => Shape::AtMost(limit + 1),
    };
    [Declaration { base: base.into(), ..declaration.clone() }, Declaration { shape, ..declaration.clone() }]
}
