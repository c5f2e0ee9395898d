//! Asking only for what is new (RFC 9110 §13).

use http::{HeaderMap, HeaderValue, header};

/// The longest validator that is repeated to the server, in bytes.
const LONGEST: usize = 256;

/// What a server said of a text, to ask whether there is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    /// From the headers that came with a text; `None` when they give nothing to ask by.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let one = |name| {
            let mut values = headers.get_all(name).iter();
            let only = values.next().filter(|_| values.next().is_none());
            only.filter(|value| value.len() <= LONGEST).cloned()
        };
        let (etag, last_modified) = (one(header::ETAG), one(header::LAST_MODIFIED));
        (etag.is_some() || last_modified.is_some()).then_some(Self {
            etag,
            last_modified,
        })
    }

    /// As headers of the next request.
    pub(super) fn headers(&self) -> HeaderMap {
        let named = [
            (header::IF_NONE_MATCH, &self.etag),
            (header::IF_MODIFIED_SINCE, &self.last_modified),
        ];
        let given = named.into_iter();
        given
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }
}
