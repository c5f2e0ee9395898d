//! Exclusive canonicalisation of one element, with its own signature left out.

use bergshamra::{
    c14n::{self, C14nMode},
    xml::nodeset::NodeSet,
};

use super::tree::{Node, Tree};

/// The canonicaliser failed; whatever was to be read from its bytes must be refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("canonicalisation failed: {0}")]
pub struct CanonicalError(String);

/// The bytes over which an enveloped signature of `element` is taken: exclusive
/// C14N without comments, `without` left out (XML Signature §6.6.4).
///
/// # Errors
/// [`CanonicalError`]; fatal to whatever was to be read from the bytes.
pub fn canonical_subtree(
    tree: &Tree<'_>,
    element: Node<'_, '_>,
    without: Option<Node<'_, '_>>,
    inclusive_prefixes: &[String],
) -> Result<String, CanonicalError> {
    let document = tree.document();
    let mut nodes = NodeSet::tree_without_comments(element.id(), document);
    if let Some(left_out) = without {
        nodes.remove_id(left_out.id());
        for below in document.descendants(left_out.id()) {
            nodes.remove_id(below);
        }
    }
    let failed = |error: String| CanonicalError(error);
    let bytes = c14n::canonicalize_doc(
        document,
        C14nMode::Exclusive,
        Some(&nodes),
        inclusive_prefixes,
    )
    .map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}
