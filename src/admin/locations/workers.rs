//! Who has which location, by TaskRouter's list of workers.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    admin::workers::{Pace, count_by_location},
    twilio::{Client, Error},
};

/// The longest that somebody who wants to see a difference waits for the count.
const LONGEST: Duration = Duration::from_mins(1);
/// How fast Twilio is asked: as a command may, for the list is short where it has attributes.
const PER_SECOND: u32 = 40;
const AT_ONCE: usize = 4;

/// How many workers have each location as their `flex_location`, byte for byte; or why that is
/// not known. Reads every worker of the account's Flex workspace.
pub(super) async fn count(client: &Client) -> Result<BTreeMap<String, u64>, String> {
    match tokio::time::timeout(LONGEST, read(client)).await {
        Ok(Ok(counts)) => Ok(counts),
        Ok(Err(error)) => Err(error.to_string()),
        // A count that may be too small would be worse than none.
        Err(_) => Err("TaskRouter's list takes longer than a minute".to_owned()),
    }
}

async fn read(client: &Client) -> Result<BTreeMap<String, u64>, Error> {
    let workspace = client.flex_workspace().await?;
    count_by_location(&workspace, &Pace::new(PER_SECOND, AT_ONCE)).await
}
