//! A list of workers in pages. Twilio says where the next one is; it is only followed there.

use serde::Deserialize;
use url::Url;

use super::{Error, ErrorCode, Wire, Worker, Workspace, read};

/// How many workers a page has at most. Attributes of 4,096 characters, each escaped to six
/// bytes, make a page of 6 MiB: just under what is read of one answer.
pub(super) const PAGE_SIZE: usize = 250;

/// How many pages are read at most: more than fifteen times the workers that a workspace may have.
const MOST_PAGES: usize = 1_000;

/// Workers, page by page.
#[derive(Debug)]
pub struct WorkerPages {
    workspace: Workspace,
    first: Url,
    next: Option<Url>,
    pages: usize,
}

#[derive(Deserialize)]
struct Page {
    workers: Vec<Wire>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    next_page_url: Option<String>,
}

impl WorkerPages {
    pub(super) fn new(workspace: Workspace, mut first: Url) -> Self {
        first
            .query_pairs_mut()
            .append_pair("PageSize", &PAGE_SIZE.to_string());
        Self {
            workspace,
            next: Some(first.clone()),
            first,
            pages: 0,
        }
    }

    /// The next page; `None` behind the last.
    ///
    /// A worker's attributes are `None` where Twilio leaves them out of lists.
    ///
    /// # Errors
    /// [`Error`]; the same page may be asked for again. `twilio.malformed` when the next page
    /// is at another address, or there is no end.
    pub async fn next(&mut self) -> Result<Option<Vec<Worker>>, Error> {
        let Some(url) = self.next.clone() else {
            return Ok(None);
        };
        let answered = self.workspace.get(&url).await?;
        let page: Page = read(&answered, "a page of workers")?;
        let workers = page.workers.into_iter();
        let workers = workers.map(|wire| self.workspace.read_worker(wire));
        let workers = workers.collect::<Result<Vec<_>, _>>()?;
        let next = page.meta.next_page_url.map(|text| self.follow(&text, &url));
        self.next = next.transpose()?;
        self.pages += 1;
        Ok(Some(workers))
    }

    /// All that is left.
    ///
    /// # Errors
    /// As [`WorkerPages::next`].
    pub async fn all(mut self) -> Result<Vec<Worker>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// The next page's address, if it is of the same list: credentials go nowhere else.
    fn follow(&self, text: &str, current: &Url) -> Result<Url, Error> {
        let wrong = |detail| Error::new(ErrorCode::Malformed, detail);
        let next = Url::parse(text).map_err(|_| wrong("the next page's address is no URL"))?;
        let bare = next.username().is_empty() && next.password().is_none();
        let same = next.origin() == self.first.origin() && next.path() == self.first.path();
        if !(bare && same) {
            return Err(wrong("the next page is said to be at another address"));
        }
        if next == *current || self.pages + 1 >= MOST_PAGES {
            return Err(wrong("the list of workers has no end"));
        }
        Ok(next)
    }
}
