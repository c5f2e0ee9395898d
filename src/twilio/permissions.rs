//! What the credentials may do, by trying.

use super::{Client, Error, client::under};

impl Client {
    /// Whether the credentials may read the workers of a workspace, `WS…`: asks for one.
    ///
    /// # Errors
    /// [`Error`] with its stable code.
    pub async fn may_read_workers(&self, workspace: &str) -> Result<(), Error> {
        let path = ["v1", "Workspaces", workspace, "Workers"];
        let mut url = under(&self.taskrouter_url, &path);
        url.query_pairs_mut().append_pair("PageSize", "1");
        self.get_json(&url).await.map(drop)
    }
}
