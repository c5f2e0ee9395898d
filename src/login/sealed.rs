//! How a secret stands in what is sealed, and nowhere else: a [`Secret`] itself can't be written.

use serde::{Deserialize, Deserializer, Serializer};

use crate::settings::Secret;

pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}
