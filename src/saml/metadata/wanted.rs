//! What is expected of a metadata document before it is read: whom it must be
//! about, and who must have signed it (Metadata §3).

use std::borrow::Cow;

use super::MetadataError;
use crate::saml::{
    names::{DSIG_NS, METADATA_NS},
    signature::{TrustedCertificates, check_shape},
    xml::{Limits, Tree, canonical_subtree},
};

/// What is expected of a metadata document.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The entity ID that is looked for, in an aggregate or alone.
    pub entity_id: Option<String>,
    /// Whose signature the document's root must carry.
    pub signed_by: Option<TrustedCertificates>,
}

/// The same is wanted where the same certificates are trusted, however they were loaded.
impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        let known = |one: &Self| {
            one.signed_by
                .as_ref()
                .map(|known| known.describe().to_vec())
        };
        self.entity_id == other.entity_id && known(self) == known(other)
    }
}

impl Eq for Wanted {}

impl Wanted {
    /// What may be read of `text`: all of it where nobody must have signed it,
    /// else the canonical bytes that the signature covers, after both verifiers agreed.
    pub(super) fn believed<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, MetadataError> {
        let Some(certificates) = &self.signed_by else {
            return Ok(text);
        };
        let refused = |why: String| MetadataError::Signature(why);
        let tree = Tree::parse(&text, &Limits::METADATA)?;
        let root = tree.root();
        let known = ["EntityDescriptor", "EntitiesDescriptor"];
        if !known.iter().any(|name| root.is(METADATA_NS, name)) {
            return Err(refused("the signed root is no SAML metadata".to_owned()));
        }
        let mut signatures = root
            .descendants()
            .filter(|node| node.is(DSIG_NS, "Signature"));
        let signature = match (signatures.next(), signatures.next()) {
            (Some(only), None) if only.parent() == Some(root) => only,
            (None, _) => return Err(refused("it is not signed".to_owned())),
            _ => {
                let why = "there is a signature elsewhere than in the root element";
                return Err(refused(why.to_owned()));
            }
        };
        let shape = check_shape(signature).map_err(|problem| refused(problem.to_string()))?;
        let bytes = canonical_subtree(&tree, root, Some(signature), &shape.inclusive_prefixes)
            .map_err(|error| refused(error.to_string()))?;
        let shapes = [shape.clone()];
        certificates
            .verify(&tree, &[(signature, shape)])
            .and_then(|()| certificates.second_opinion(&text, &shapes, &bytes))
            .map_err(|error| refused(error.to_string()))?;
        Ok(Cow::Owned(bytes))
    }
}
