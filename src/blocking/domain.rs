//! Domains.

use virtwire_protocol::remote::{Text, Uuid};

use super::facade::facade;
use crate::{Definition, DomainState, Result};

facade! {
    /// A [domain](crate::Domain) of one server.
    Domain over crate::Domain:

    get fn name(&self) -> &Text;
    get fn uuid(&self) -> Uuid;
    get fn id(&self) -> Option<i32>;

    wait fn is_active(&self) -> Result<bool>;
    wait fn state(&self) -> Result<DomainState>;
    wait fn xml_desc(&self, definition: Definition) -> Result<Text>;
}
